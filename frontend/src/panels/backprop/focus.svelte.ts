/** What the panels around a small network's graph look at: its numbers, how far they are reached, and one link. */

import { chainRule } from '../../graph/link';
import type { ChainRule, Link, Net } from '../../graph/link';
import { reachedAt } from '../../graph/scalars';
import type { Numbers, Reached } from '../../graph/scalars';
import { lookAtScalars } from '../../run/backprop.svelte';
import type { ScalarLook } from '../../run/backprop.svelte';
import type { Tank } from '../../run/tank.svelte';
import type { ScalarStep } from '../../wire/capture';

export class Focus {
  readonly #tank: Tank;
  readonly look: ScalarLook;

  constructor(tank: Tank) {
    this.#tank = tank;
    this.look = lookAtScalars(tank);
    $effect(() => {
      tank.stepping.numbers = this.numbers;
    });
  }

  get net(): Net | null {
    return this.#tank.stepping.net;
  }
  get numbers(): Numbers | null {
    return this.look.numbers;
  }
  readonly reached = $derived.by((): Reached | null => {
    const { scalars, position } = this.#tank.backprop;
    return scalars && reachedAt(scalars, position);
  });
  /** The step that was taken last; none: the run is not stepped through. */
  get step(): ScalarStep | undefined {
    return this.net?.stepAt(this.#tank.stepping.at);
  }
  /** The link that everything is about. */
  get link(): Link | null {
    return this.#tank.stepping.link;
  }
  readonly rule = $derived.by((): ChainRule | null =>
    this.link && this.numbers && this.reached
      ? chainRule(this.link, this.numbers, this.reached)
      : null,
  );
}
