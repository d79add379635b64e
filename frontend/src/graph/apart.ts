/** In what two networks differ, as people read it: a mark, what stands in each, and what has changed. */

import type { GraphDifference, NodeDifference } from '../wire/schema';
import { exact } from './number';
import { valueText } from './settings';
import { shapeText } from './stages';

/** Marks tell without colour: only in the first, only in the second, in both but otherwise, the same. */
export const MARKS = { removed: '−', added: '+', changed: '≠', same: '=' } as const;

/** What has changed at a place: `out_channels 6 → 8`, or where it is fed from. */
export interface Turn {
  what: 'kind' | 'setting' | 'source' | 'shape' | 'parameters';
  name: string;
  before: string;
  after: string;
}

/** What has changed at one place; a shape only where nothing else tells why. */
export function turnsOf({ before, after, settings }: NodeDifference): Turn[] {
  if (!before || !after) return [];
  const turns: Turn[] = settings.map(({ name, before: one, after: other }) => ({
    what: 'setting',
    name,
    before: valueText(one),
    after: valueText(other),
  }));
  if (before.kind !== after.kind)
    turns.push({ what: 'kind', name: '', before: before.kind, after: after.kind });
  const [one, other] = [before.sources.join(', '), after.sources.join(', ')];
  if (one !== other) turns.push({ what: 'source', name: '', before: one, after: other });
  return turns.length ? turns : [sizeTurn(before, after)];
}

/** Other sizes with the same settings: of what comes out, or of the weights for what comes in. */
function sizeTurn(before: Side, after: Side): Turn {
  const [one, other] = [shapeOf(before), shapeOf(after)];
  if (one !== other) return { what: 'shape', name: '', before: one, after: other };
  const [few, many] = [exact(before.parameters), exact(after.parameters)];
  return { what: 'parameters', name: '', before: few, after: many };
}

type Side = NonNullable<NodeDifference['before']>;

/** What comes out of a place, the first of its ports. */
export function shapeOf(side: Side): string {
  return shapeText(Object.values(side.outputs)[0] ?? null);
}

/** How many places there are of each kind of change. */
export function changesOf({ nodes }: GraphDifference): Record<NodeDifference['change'], number> {
  const found = { same: 0, changed: 0, added: 0, removed: 0 };
  for (const { change, count } of nodes) found[change] += count;
  return found;
}

/** The second number beside the first: `+1,200`, and how many times as large where that tells more. */
export function ratioOf(one: number, other: number): string {
  if (one === other || one === 0) return '';
  const times = other / one;
  return `×${times >= 100 ? Math.round(times) : Number(times.toPrecision(3))}`;
}
