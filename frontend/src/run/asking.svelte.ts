/** Asking the network about images that are no examples: the newest one, at the step of the cursor. */

import { untrack } from 'svelte';

import { predict } from '../wire/rest';
import type { Prediction } from '../wire/schema';
import type { Tank } from './tank.svelte';

/** What it answers: a share for each class, and the class that is said. */
export interface Said {
  step: number;
  shares: readonly number[];
  choice: number;
}

interface Question {
  image: ArrayLike<number>;
  /** A past step; null: now. */
  step: number | null;
}

export class Asking {
  said = $state.raw<Said | null>(null);
  readonly #tank: Tank;
  #waiting: Question | null = null;
  #busy = $state(false);

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /**
   * Ask about an image, row by row, from 0 to 1; of many askings only the newest matters. In an effect, it is asked anew
   * with every step that is shown.
   */
  ask(image: ArrayLike<number>): void {
    const { isLive, shownStep } = this.#tank;
    this.#waiting = { image, step: isLive ? null : shownStep };
    void untrack(() => this.#go());
  }

  /** Whether what was asked last is answered. */
  get settled(): boolean {
    return !this.#busy;
  }

  /** There is no image any more. */
  forget(): void {
    this.#waiting = null;
    this.said = null;
  }

  async #go(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting) {
      const question = this.#waiting;
      this.#waiting = null;
      const said = await this.#answer(question);
      if (said) this.said = said;
    }
    this.#busy = false;
  }

  async #answer({ image, step }: Question): Promise<Said | null> {
    const { run } = this.#tank;
    const [name, spec] = Object.entries(run.job.graph.inputs)[0] ?? [];
    if (name === undefined || !spec) return null;
    const inputs = { [name]: [shaped(image, spec.shape)] };
    // Who cannot be reached is said elsewhere; the next image asks again.
    const answer = await predict(run.id, inputs, step).catch(() => null);
    return answer && read(answer);
  }
}

function read({ step, outputs }: Prediction): Said | null {
  const told = flat(outputs['probability']);
  const shares = told.length === 1 ? told.flatMap((share) => [1 - share, share]) : told;
  return shares.length ? { step, shares, choice: shares.indexOf(Math.max(...shares)) } : null;
}

type Nested = number | Nested[];

/** Numbers in lists of lists; of several channels each is given the same image. */
function shaped(image: ArrayLike<number>, shape: readonly number[]): Nested {
  const [height = 1, width = 1] = shape.slice(-2);
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => image[y * width + x] ?? 0),
  );
  return shape
    .slice(0, -2)
    .reduceRight<Nested>((inner, size) => Array.from({ length: size }, () => inner), rows);
}

function flat(values: unknown): number[] {
  if (typeof values === 'number') return [values];
  return Array.isArray(values) ? values.flatMap(flat) : [];
}
