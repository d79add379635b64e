/** The referee: gradients beside what differences of the loss say, as asked for at this step. */

import { SvelteMap } from 'svelte/reactivity';

import { targetKey } from '../graph/judge';
import type { Check, Target } from '../wire/capture';
import { checkGradients } from '../wire/rest';
import type { Tank } from './tank.svelte';

export class Referee {
  /** Verdicts by what they are about. */
  readonly checks = new SvelteMap<string, Check>();
  #busy = $state(false);
  readonly #tank: Tank;
  /** What the verdicts hold for: another step, example or network has others. */
  #holds = '';

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** The verdict on a gradient, if it was asked for and nothing has changed since; call `follow` beside it. */
  of(target: Target): Check | null {
    return this.checks.get(targetKey(target)) ?? null;
  }

  /** Forget verdicts when what they are about changes; call it while a component is set up. */
  follow(): void {
    $effect(() => {
      const now = this.#state;
      if (now === this.#holds) return;
      this.#holds = now;
      this.checks.clear();
    });
  }

  /** Have gradients checked. */
  async check(targets: readonly Target[]): Promise<void> {
    const { steering, run, example } = this.#tank;
    this.#busy = true;
    const asked = this.#state;
    await steering.attempt(async () => {
      const answer = await checkGradients(run.id, targets, example);
      if (asked !== this.#state) return;
      for (const check of answer.checks) this.checks.set(targetKey(check.target), check);
    });
    this.#busy = false;
  }

  get #state(): string {
    const { run, shownStep, example, flags } = this.#tank;
    return [run.id, shownStep, example, flags.length, JSON.stringify(run.job)].join(' ');
  }
}
