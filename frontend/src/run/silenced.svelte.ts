/** Heads of attention that are switched off, to hear what the network says without them; and what each is worth. */

import { untrack } from 'svelte';

import { generate, getProbe } from '../wire/rest';
import type { FrameAnswer, Generated, Inspection } from '../wire/schema';
import { sentenceOf } from './complaint';
import type { Tank } from './tank.svelte';

/** Milliseconds between two sentences while the network trains: each costs it a little time. */
const PAUSE = 1500;

/** A head by its layer's path, counted from 0. */
export interface Head {
  node: string;
  head: number;
}

/** What the network says with all heads and without some. */
export interface Pair {
  whole: Generated;
  without: Generated;
  off: readonly Head[];
}

interface Question {
  run: string;
  example: number;
  off: readonly Head[];
  /** A past step; null: now. */
  step: number | null;
}

const isSame = (one: Head, other: Head): boolean =>
  one.node === other.node && one.head === other.head;

export class Silenced {
  /** What was heard last; null: all heads are on, or nothing has been said yet. */
  pair = $state.raw<Pair | null>(null);
  /** Why nothing can be heard or measured, as a sentence. */
  error = $state<string | null>(null);
  measuring = $state(false);
  readonly #tank: Tank;
  #off = $state.raw<readonly Head[]>([]);
  /** The network whose heads were switched off, and the one that was measured. */
  #network = $state.raw<Inspection | null>(null);
  #worth = $state.raw<{ frame: FrameAnswer; network: Inspection } | null>(null);
  #key = '';
  #last = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** The heads that are off; another network has all of its own. */
  get off(): readonly Head[] {
    return this.#network === this.#tank.inspection ? this.#off : [];
  }

  /** What was measured of this network: `token_accuracy` or `accuracy` without each head. */
  get worth(): FrameAnswer | null {
    return this.#worth?.network === this.#tank.inspection ? this.#worth.frame : null;
  }

  isOff(head: Head): boolean {
    return this.off.some((each) => isSame(each, head));
  }

  /** Switch a head off, or on again. */
  toggle(head: Head): void {
    const rest = this.off.filter((each) => !isSame(each, head));
    this.#off = rest.length < this.off.length ? rest : [...rest, head];
    this.#network = this.#tank.inspection;
  }

  allOn(): void {
    this.#off = [];
  }

  /** Hear both sentences, anew with every step that is shown; call it in an effect, and `close` when it ends. */
  hear(): void {
    const { isLive, shownStep, example, run } = this.#tank;
    const { off } = this;
    clearTimeout(this.#timer);
    if (!off.length || example === null) {
      this.#key = '';
      this.pair = null;
      this.error = null;
      return;
    }
    const question = { run: run.id, example, off, step: isLive ? null : shownStep };
    const key = JSON.stringify(question);
    const wait = key === this.#key ? Math.max(0, this.#last + PAUSE - performance.now()) : 0;
    this.#timer = setTimeout(() => void untrack(() => this.#ask(question, key)), wait);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#key = '';
  }

  /** Measure what stays right without each head, at the step that is shown. */
  async measure(): Promise<void> {
    const { run, isLive, shownStep, inspection } = this.#tank;
    this.measuring = true;
    this.error = null;
    try {
      const when = isLive ? '' : `?step=${shownStep}`;
      const frame = await getProbe(run.id, `effect_of_head${when}`);
      this.#worth = { frame, network: inspection };
    } catch (problem) {
      this.error = sentenceOf(problem);
    }
    this.measuring = false;
  }

  async #ask({ run, example, off, step }: Question, key: string): Promise<void> {
    this.#key = key;
    this.#last = performance.now();
    try {
      const [whole, without] = await Promise.all([
        generate(run, { example, step }),
        generate(run, { example, step, without: [...off] }),
      ]);
      if (key !== this.#key) return;
      this.pair = { whole, without, off };
      this.error = null;
    } catch (problem) {
      if (key !== this.#key) return;
      this.pair = null;
      this.error = sentenceOf(problem);
    }
  }
}
