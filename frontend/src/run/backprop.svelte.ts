/** What the page knows of the run's computational graph: the captured step, its scalars, where the run stands in it. */

import { untrack } from 'svelte';

import type { Capture, Extent, Position, Scalars } from '../wire/capture';
import type { Frame } from '../wire/frame';
import type { ProbeSettings } from '../wire/probes';
import type { Run } from '../wire/schema';
import { getCapture, getScalars } from '../wire/rest';
import { numbersOf } from '../graph/scalars';
import type { Numbers } from '../graph/scalars';
import { sentenceOf } from './complaint';
import { look } from './looking.svelte';
import type { Looking } from './looking.svelte';
import type { Tank } from './tank.svelte';

/** What of a job decides about its graph; what is equal here has the same graph. */
const DECIDING = [
  'graph',
  'task',
  'loss',
  'regulariser',
  'batch',
  'precision',
  'tampering',
] as const;

/** The graph of the run at the cursor. It is fetched while somebody attends to it, and anew when it is another one. */
export class Backprop {
  /** The captured step; null: not known yet. */
  capture = $state.raw<Capture | null>(null);
  /** The step number by number; null: not known yet, or the network is too large. */
  scalars = $state.raw<Scalars | null>(null);
  /** Why there is no graph, as a sentence. */
  complaint = $state<string | null>(null);
  /** Whether the graph is being fetched. */
  busy = $state(false);
  /** Whether a small network is drawn number by number. */
  byNumber = $state(true);
  readonly #tank: Tank;
  /** What was asked last. */
  #asked = '';
  #failed = false;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** Whether the view is open. */
  get isOpen(): boolean {
    const { cursor, ready, editing } = this.#tank;
    return ready && cursor.layout === 'graph' && !editing;
  }
  /** Of what the captured step is. */
  get extent(): Extent {
    return this.#position?.extent ?? 'minibatch';
  }
  /** Where the run stands within its step; null: it is not stepped through, or the cursor is at a past step. */
  get position(): Position | null {
    return this.#tank.isLive ? this.#position : null;
  }
  /** The chosen operation, value, scalar or edge (`from>to`), by its id; null: none. */
  get chosen(): string | null {
    return this.#tank.cursor.op;
  }
  /** Whether single numbers are drawn. */
  get isByNumber(): boolean {
    return this.byNumber && this.scalars !== null;
  }
  /** What asks for the numbers of all scalars; null: there are none. */
  get scalarProbe(): ProbeSettings | null {
    return this.scalars ? { kind: 'scalars', example: this.#tank.cursor.example } : null;
  }

  choose(op: string | null, options: { push?: boolean } = {}): void {
    this.#tank.cursor.set({ op }, options);
  }

  /** Keep the graph current for as long as a component is there; call it while one is set up. */
  attend(): void {
    $effect(() => {
      const { run } = this.#tank;
      const job = run.job as unknown as Record<string, unknown>;
      const parts = DECIDING.map((part) => job[part]);
      const deciding = JSON.stringify([run.id, run.level, this.extent, ...parts]);
      untrack(() => {
        // What failed is asked again at the next change, and when one comes back.
        if (deciding !== this.#asked || this.#failed) void this.#fetch(deciding, run, this.extent);
      });
    });
  }

  get #position(): Position | null {
    return this.#tank.run.operation ?? null;
  }

  async #fetch(asked: string, { id: run, level }: Run, extent: Extent): Promise<void> {
    this.#asked = asked;
    this.#failed = false;
    this.busy = true;
    this.complaint = null;
    const isNews = (): boolean => this.#asked === asked;
    // A network that is too large for it is not asked for.
    const told = level === 'scalars' ? getScalars(run) : Promise.resolve(null);
    const scalars = told.then(
      (answer) => {
        // Equal documents are one, so that nothing is drawn anew for nothing.
        if (isNews() && this.scalars?.key !== answer?.key) this.scalars = answer;
      },
      (problem: unknown) => {
        const sentence = sentenceOf(problem);
        if (!isNews()) return;
        this.scalars = null;
        this.complaint = sentence;
        this.#failed = true;
      },
    );
    const capture = getCapture(run, extent).then(
      (answer) => {
        if (isNews()) this.capture = answer;
      },
      (problem: unknown) => {
        const sentence = sentenceOf(problem);
        if (!isNews()) return;
        this.capture = null;
        this.complaint = sentence;
        this.#failed = true;
      },
    );
    await Promise.all([scalars, capture]);
    if (isNews()) this.busy = false;
  }
}

/** The numbers of all scalars at the step of the cursor. */
export class ScalarLook {
  readonly #looking: Looking;
  readonly #backprop: Backprop;
  readonly numbers = $derived.by((): Numbers | null => {
    const { scalars } = this.#backprop;
    const { frame } = this.#looking;
    return scalars && frame ? numbersOf(scalars, frame) : null;
  });

  constructor(looking: Looking, backprop: Backprop) {
    this.#looking = looking;
    this.#backprop = backprop;
  }

  get frame(): Frame | null {
    return this.#looking.frame;
  }
  get error(): string | null {
    return this.#looking.error;
  }
}

/** Look at all scalars; call it while a component is set up. Several that look share one subscription. */
export function lookAtScalars(tank: Tank): ScalarLook {
  const { backprop } = tank;
  return new ScalarLook(
    look(tank, () => (backprop.isByNumber ? backprop.scalarProbe : null)),
    backprop,
  );
}
