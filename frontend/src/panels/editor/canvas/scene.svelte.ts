/** What of the canvas is drawn: what is in view, a few cards more in each frame, so that none takes long. */

/* eslint-disable svelte/prefer-svelte-reactivity -- sets and maps here are replaced as a whole, never changed */

import { flushSync } from 'svelte';

import type { Board } from './board.svelte';
import type { CableEdge, CardNode } from './flow';
import { inView } from './view';
import type { View } from './view';

/** So many milliseconds new cards may take, and the frame with all its painting; so many of them come at least and at most. */
const SHARE = 7;
const FRAME = 28;
const FEWEST = 2;
const MOST = 8;

export class Scene {
  readonly #board: Board;
  #ids = $state.raw<ReadonlySet<string>>(new Set());
  #view: View | null = null;
  #few = FEWEST;
  #frame = 0;
  /** When the frame before this one began. */
  #last = 0;

  readonly nodes = $derived.by((): CardNode[] =>
    this.#board.nodes.filter(({ id }) => this.#ids.has(id)),
  );
  readonly edges = $derived.by((): CableEdge[] =>
    this.#board.edges.filter(
      ({ source, target }) => this.#ids.has(source) && this.#ids.has(target),
    ),
  );

  constructor(board: Board) {
    this.#board = board;
  }

  /** What the canvas library has changed: where a card is dragged to, whether it is chosen. */
  readonly takeNodes = (changed: readonly CardNode[]): void => {
    this.#board.nodes = merged(this.#board.nodes, changed);
  };

  readonly takeEdges = (changed: readonly CableEdge[]): void => {
    this.#board.edges = merged(this.#board.edges, changed);
  };

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
    const wanted = inView(this.#board, view);
    const fresh = [...wanted].filter((id) => !this.#ids.has(id)).slice(0, this.#few);
    const gone = [...this.#ids].filter((id) => !wanted.has(id)).slice(0, this.#few * 2);
    if (!fresh.length && !gone.length) return;
    const left = new Set(gone);
    const begun = performance.now();
    flushSync(() => {
      this.#ids = new Set([...[...this.#ids].filter((id) => !left.has(id)), ...fresh]);
    });
    const isQuick = performance.now() - begun < SHARE && now - this.#last < FRAME;
    this.#few = isQuick ? Math.min(MOST, this.#few + 1) : Math.max(FEWEST, this.#few >> 1);
    this.#last = now;
    this.#frame ||= requestAnimationFrame(this.#turn);
  };
}

function merged<T extends { id: string }>(all: readonly T[], changed: readonly T[]): T[] {
  const known = new Map(changed.map((each) => [each.id, each]));
  return all.map((each) => known.get(each.id) ?? each);
}
