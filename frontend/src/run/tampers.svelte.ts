/** Doing something to the way back: cutting, scaling, freezing, making a mistake. Each is a command that can be undone. */

import type { Effect } from '../wire/schema';
import { isSame, replaced, toggled } from './tampering';
import type { Tamper } from './tampering';
import type { Tank } from './tank.svelte';

/** Milliseconds for which one is offered to undo it. */
const STAYS = 30_000;

export class Tampers {
  readonly #tank: Tank;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** What is tampered with now. */
  get list(): readonly Tamper[] {
    return this.#tank.run.job.tampering;
  }

  has(entry: Tamper | null): boolean {
    return entry !== null && this.list.some((each) => isSame(each, entry));
  }

  /** Cut what is whole, and join what is cut. */
  toggle(entry: Tamper): void {
    this.#set(toggled(this.list, entry));
  }

  /** The name of the wrong backward that a layer has; null: the right one. */
  wrongOf(node: string): string | null {
    const entry = this.list.find((each) => each['kind'] === 'wrong' && each['node'] === node);
    return entry ? String(entry['backward']) : null;
  }

  /** Give a layer another backward; null: its own. */
  swap(node: string, backward: string | null): void {
    const entry = backward === null ? null : { kind: 'wrong', node, backward };
    this.#set(
      replaced(this.list, entry, (each) => each['kind'] === 'wrong' && each['node'] === node),
    );
  }

  /** By what the gradient from a node to what it reads is multiplied. */
  factorOf(source: string, node: string): number {
    const entry = this.list.find((each) => isScale(each, source, node));
    return entry ? Number(entry['factor']) : 1;
  }

  /** Multiply what flows back along an edge; 1: leave it as it is. */
  scale(source: string, node: string, factor: number): void {
    const entry = factor === 1 ? null : { kind: 'scale', source, node, factor };
    this.#set(replaced(this.list, entry, (each) => isScale(each, source, node)));
  }

  /** Leave nothing of it. */
  clear(): void {
    this.#set([]);
  }

  #set(tampering: readonly Tamper[]): void {
    void this.#tank.steering
      .command({ kind: 'change', changes: { tampering } }, { trains: false })
      .then((effect) => {
        if (effect) this.#told(effect);
      });
  }

  /** What was done, and the way back from it. */
  #told(effect: Effect): void {
    const undo = (): void => {
      this.#tank.notices.close();
      void this.#tank.steering.undo(effect);
    };
    const count = Number(effect.values['count'] ?? 0);
    this.#tank.notices.say(
      count ? 'debugger.tampered' : 'debugger.untampered',
      { count },
      { actions: [{ key: 'debugger.undo', run: undo }], stays: STAYS },
    );
  }
}

function isScale(entry: Tamper, source: string, node: string): boolean {
  return entry['kind'] === 'scale' && entry['source'] === source && entry['node'] === node;
}
