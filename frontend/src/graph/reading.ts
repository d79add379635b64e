/** What a probe says, made ready for a sentence: nodes by their titles, units counted from 1, classes as they are. */

import type { Reading } from '../wire/frame';
import { titleOf } from './stages';

const NODES = new Set(['node', 'first', 'last', 'source']);
const COUNTED_FROM_ZERO = new Set(['unit', 'index', 'row', 'column']);

/** The values of a reading as people name them. */
export function forPeople({ values }: Pick<Reading, 'values'>): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, readable(name, value)]),
  );
}

function readable(name: string, value: number | string): number | string {
  if (NODES.has(name) && typeof value === 'string') return titleOf(value);
  if (COUNTED_FROM_ZERO.has(name) && typeof value === 'number') return value + 1;
  return value;
}
