/** Drawings by hand that are kept as examples of the run: held out, and numbered from 100,000 on. */

import { decoded } from '../../graph/drawing';
import type { Tank } from '../../run/tank.svelte';
import { newestOnly } from './edit';

export const FIRST_DRAWING = 100_000;

export interface Drawing {
  label: number;
  /** Bytes of ink as base64. */
  pixels: string;
}

export class Drawings {
  readonly #tank: Tank;
  /** What was sent and has not come back yet. */
  #sent = $state.raw<readonly Drawing[] | null>(null);
  readonly #told = $derived.by(() => told(this.#tank.run.job.dataset));
  readonly #send: (change: { list: readonly Drawing[]; pin: number | null }) => void;

  constructor(tank: Tank) {
    this.#tank = tank;
    this.#send = newestOnly(async ({ list, pin }) => {
      await tank.command(
        { kind: 'change', changes: { 'dataset.drawings': list } },
        { trains: false },
      );
      // Nobody can look at it before it is there.
      if (pin !== null) tank.cursor.set({ example: pin }, { push: false });
    });
  }

  get all(): readonly Drawing[] {
    const isBack = JSON.stringify(this.#sent) === JSON.stringify(this.#told);
    return this.#sent && !isBack ? this.#sent : this.#told;
  }

  /** Whether the data of this run may have drawings. */
  get allowed(): boolean {
    return 'drawings' in this.#tank.run.job.dataset;
  }

  /** Keep a drawing at a place of the list, and pin it. */
  put(place: number, drawing: Drawing): void {
    this.#change(this.all.toSpliced(place, 1, drawing), FIRST_DRAWING + place);
  }

  remove(place: number): void {
    this.#tank.cursor.set({ example: null }, { push: false });
    this.#change(this.all.toSpliced(place, 1), null);
  }

  /** The place of an example among the drawings; null if it is none. */
  placeOf(example: number | null): number | null {
    const place = (example ?? -1) - FIRST_DRAWING;
    return place >= 0 && place < this.all.length ? place : null;
  }

  /** The ink of a drawing, from 0 to 1. */
  inkOf(place: number): Float32Array {
    return decoded(this.all[place]?.pixels ?? '');
  }

  #change(list: readonly Drawing[], pin: number | null): void {
    this.#sent = list;
    this.#send({ list, pin });
  }
}

function told(dataset: object): readonly Drawing[] {
  return 'drawings' in dataset ? (dataset.drawings as Drawing[]) : [];
}
