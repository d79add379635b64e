/** What of a canvas is drawn: what is in view, a few things more in each frame, so that none takes long. */

/* eslint-disable svelte/prefer-svelte-reactivity -- sets here are replaced as a whole, never changed */

import { flushSync } from 'svelte';

import type { View } from '../../graph/view';
import { Place } from './frame';

/** So many milliseconds new things may take, and the frame with all its painting. */
const SHARE = 6;
const FRAME = 28;

/** So many things come in a frame at least and at most. */
interface Pace {
  fewest: number;
  most: number;
}
const CARDS: Pace = { fewest: 2, most: 6 };
/** Lines are drawn sooner than cards. */
export const LINES: Pace = { fewest: 6, most: 40 };

export class Gradual {
  ids = $state.raw<ReadonlySet<string>>(new Set());
  readonly #inView: (view: View) => ReadonlySet<string>;
  #view: View | null = null;
  readonly #pace: Pace;
  #few: number;
  #frame = 0;
  readonly #place = new Place();
  /** When the frame before this one began. */
  #last = 0;

  /** `inView` tells the ids of what a view needs. */
  constructor(inView: (view: View) => ReadonlySet<string>, pace: Pace = CARDS) {
    this.#inView = inView;
    this.#pace = pace;
    this.#few = pace.fewest;
  }

  /** Draw another part of the canvas, or the same after a change. */
  look(view: View): void {
    this.#view = view;
    this.#frame ||= requestAnimationFrame(this.#turn);
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
  }

  readonly #turn = (now: number): void => {
    this.#frame = 0;
    const view = this.#view;
    if (!view) return;
    const wanted = this.#inView(view);
    const fresh = [...wanted].filter((id) => !this.ids.has(id)).slice(0, this.#few);
    const gone = [...this.ids].filter((id) => !wanted.has(id)).slice(0, this.#few * 2);
    if (!fresh.length && !gone.length) return;
    if (!this.#place.take(now)) {
      this.#frame = requestAnimationFrame(this.#turn);
      return;
    }
    const left = new Set(gone);
    const begun = performance.now();
    flushSync(() => {
      this.ids = new Set([...[...this.ids].filter((id) => !left.has(id)), ...fresh]);
    });
    const isQuick = performance.now() - begun < SHARE && now - this.#last < FRAME;
    const { fewest, most } = this.#pace;
    this.#few = isQuick
      ? Math.min(most, this.#few + (fewest >> 1))
      : Math.max(fewest, this.#few >> 1);
    this.#last = now;
    this.#frame ||= requestAnimationFrame(this.#turn);
  };
}
