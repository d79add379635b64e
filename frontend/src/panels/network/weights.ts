/** Setting one weight: what it is called on the wire, and how far a slider goes. */

import type { Change } from '../../run/steering.svelte';

/** The service takes no greater ones. */
export const MOST = 1e9;

export interface WeightAt {
  parameter: string;
  index: number[];
}

/** The command that sets a weight. */
export function setWeight({ parameter, index }: WeightAt, value: number): Change {
  return { kind: 'weight', parameter, index, value };
}

/** The reach of a slider: a round number that leaves room around the value. */
export function reachFor(value: number): number {
  const needed = Math.max(3, 1.5 * Math.abs(value));
  const decade = 10 ** Math.floor(Math.log10(needed));
  return decade * ([1, 2, 3, 5, 10].find((step) => step * decade >= needed) ?? 10);
}

/** Digits of a weight that a person sets: thousandths, or fewer where weights are great. */
export function rounded(value: number): number {
  return Number(value.toPrecision(Math.abs(value) >= 1 ? 5 : 4));
}
