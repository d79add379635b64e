/** Readings of probes as sentences of the lens: units counted from 1, names as people say them, sums that add up. */

import { addend, percent } from '../../graph/number';
import { titleOf } from '../../graph/stages';
import type { Slot } from '../../messages/say';
import type { Reading } from '../../wire/frame';
import { kindName, sourceName } from '../network/words';

type Value = number | string;

const FIXED = new Set(['product', 'part', 'bias', 'sum', 'output', 'peak']);
const NODES = new Set(['node', 'source', 'first', 'last']);
const FROM_ZERO = new Set(['unit', 'index', 'row', 'column', 'channel', 'at_row', 'at_column']);
const SHARES = new Set(['share', 'kept', 'probability', 'confidence', 'silent']);

/** Bring a reading into words. */
export function spoken(
  reading: Reading | null,
): { key: string; values: Record<string, Slot> } | null {
  if (!reading) return null;
  const entries = Object.entries(reading.values).map(([name, value]) => [name, slot(name, value)]);
  const { product = reading.values['part'] ?? 0, example } = reading.values;
  return {
    key: reading.key,
    values: {
      ...(Object.fromEntries(entries) as Record<string, Slot>),
      ...(example === undefined ? {} : { example: String(example) }),
      way: Number(product) < 0 ? 'down' : 'up',
    },
  };
}

function slot(name: string, value: Value): Slot {
  if (name === 'name') return sourceName(String(value));
  if (name === 'activation') return String(value).split(', ').map(kindName).join(', ');
  if (NODES.has(name)) return titleOf(String(value));
  if (typeof value !== 'number') return value;
  if (FROM_ZERO.has(name)) return value + 1;
  if (FIXED.has(name)) return addend(value);
  return SHARES.has(name) ? percent(value, 1) : value;
}
