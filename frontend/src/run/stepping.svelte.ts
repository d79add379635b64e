/** Going through a step of training operation by operation: by keys, by itself, up to a breakpoint, up to here. */

import { SvelteSet } from 'svelte/reactivity';

import { Net } from '../graph/link';
import type { Link } from '../graph/link';
import type { Numbers } from '../graph/scalars';
import { pausedAt, strideEnd } from '../graph/walk';
import type { Stride, Turn, Heading } from '../graph/walk';
import type { Capture, Position } from '../wire/capture';
import type { Tank } from './tank.svelte';

/** Operations a second, from slow to fast. */
export const PACES = [0.5, 1, 2, 4, 8, 16] as const;
/** How long the answer to a stride is waited for before the next one is thought about. */
const PATIENCE = 2000;

export class Stepping {
  /** Place in `PACES`. */
  pace = $state(2);
  /** The numbers of this step, as the panels see them. */
  numbers = $state.raw<Numbers | null>(null);
  /** Numbers and operations before which a walk pauses. */
  readonly breakpoints = new SvelteSet<string>();
  #playing = $state(false);
  readonly #tank: Tank;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** The parts of a small network; null: it is not known, or it is large. */
  readonly net = $derived.by((): Net | null => {
    const { scalars } = this.#tank.backprop;
    return scalars && new Net(scalars);
  });
  /** The operations of the step, in order; the last is the update. */
  readonly turns = $derived.by((): readonly Turn[] => {
    const { position, capture } = this.#tank.backprop;
    const level = position?.level ?? (this.net ? 'scalars' : 'operations');
    if (level === 'scalars') return this.net?.turns ?? [];
    return capture ? turnsOf(capture) : [];
  });

  /** The link that is chosen; else the one that the last step was about; else the last before the loss. */
  readonly link = $derived.by((): Link | null => {
    const { net } = this;
    if (!net) return null;
    const { chosen } = this.#tank.backprop;
    return (
      (chosen === null ? null : net.link(chosen)) ??
      net.linkOf(net.stepAt(this.at), this.numbers) ??
      net.link(net.document.loss)
    );
  });

  /** Whether it goes on by itself. */
  get playing(): boolean {
    return this.#playing;
  }
  /** Whether there is anything to step through. */
  get ready(): boolean {
    return this.turns.length > 0;
  }
  /** After how many operations the step stands; null: it is not stepped through. */
  get at(): number | null {
    return this.#tank.backprop.position?.at ?? null;
  }
  /** The operation that was taken last. */
  get turn(): Turn | undefined {
    return this.at ? this.turns[this.at - 1] : undefined;
  }

  /** Go on, or back, by one operation, a layer, or a pass; a pass pauses at breakpoints. */
  stride(stride: Stride, way: Heading): void {
    this.stop();
    void this.#walk((at) => {
      const to = strideEnd(this.turns, at, stride, way);
      return way > 0 ? pausedAt(this.turns, at, to, this.breakpoints) : to;
    });
  }

  /** Go to a place within this step: as many operations are done then. */
  go(to: number): void {
    this.stop();
    void this.#walk(() => Math.max(0, Math.min(to, this.turns.length - 1)));
  }

  /** Let a walk pause before something, or no longer. */
  toggleBreakpoint(id: string): void {
    if (!this.breakpoints.delete(id)) this.breakpoints.add(id);
  }

  /** Go on by itself, or stand still. */
  toggle(): void {
    if (this.#playing) {
      this.stop();
      return;
    }
    this.#playing = true;
    void this.#tick();
  }

  stop(): void {
    this.#playing = false;
    clearTimeout(this.#timer);
  }

  async #tick(): Promise<void> {
    const isDone = await this.#walk((at) => at + 1);
    const next = this.turns[this.at ?? 0];
    if (!isDone || this.breakpoints.has(next?.of ?? '')) this.stop();
    if (!this.#playing) return;
    this.#timer = setTimeout(() => void this.#tick(), 1000 / (PACES[this.pace] ?? 1));
  }

  /** Take as many operations as lead from here to a place; says whether the server took them. */
  async #walk(to: (at: number) => number): Promise<boolean> {
    const { steering, cursor, live } = this.#tank;
    const done = await steering.attempt(async () => {
      if (cursor.step !== 'live') cursor.set({ step: 'live' }, { push: false });
      await steering.own(false);
      const at = this.at ?? 0;
      const count = (this.ready ? to(at) : at + 1) - at;
      if (count === 0) return true;
      cursor.set({ op: null }, { push: false });
      const before = this.#tank.backprop.position;
      await live.command(this.#tank.run.id, { kind: 'step', unit: 'operation', count });
      await this.#news(before);
      return true;
    });
    return done === true;
  }

  /** Wait until the run is told to stand somewhere else. */
  async #news(before: Position | null): Promise<void> {
    const since = performance.now();
    while (this.#tank.backprop.position === before && performance.now() - since < PATIENCE) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function turnsOf({ forward, backward }: Capture): Turn[] {
  const turns = [...forward, ...backward].map(({ id, phase, node, outputs }): Turn => ({
    phase,
    node,
    of: id,
    ids: outputs.filter(Boolean),
  }));
  return [...turns, { phase: 'update', node: '', of: '', ids: [] }];
}
