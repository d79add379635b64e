/** Arriving at an address: what it names and this run does not have is replaced by the nearest, and that is said. */

import { aimAt } from '../graph/aim';
import { missingCell } from '../graph/choice';
import { splitNode } from '../graph/cursor';
import type { Place } from '../graph/cursor';
import { attends } from '../graph/rails';
import type { Tank } from './tank.svelte';

interface Missing {
  part: string;
  value: string | number;
  instead: Partial<Place>;
}

/** Put right what the cursor names in vain. */
export function arrive(tank: Tank): void {
  const { cursor, notices } = tank;
  const missing = [missingStep(tank), missingNode(tank)].filter((found) => found !== null);
  for (const { instead } of missing) cursor.set(instead, { push: false });
  const [first] = [...missing, ...cursor.fallbacks];
  if (first)
    notices.say(`fallback.${first.part}`, { value: String(first.value), shown: tank.shownStep });
  cursor.fallbacks = [];
}

/** The step at the cursor, if this run was never there. */
export function missingStep({ cursor: { step }, first, head }: Tank): Missing | null {
  if (step === 'live' || (step >= first && step <= head)) return null;
  return { part: 'step', value: step, instead: { step: step < first ? first : 'live' } };
}

function missingNode({ cursor: { node }, stages, inspection }: Tank): Missing | null {
  if (node === null) return null;
  const paths = [...stages.map(({ path }) => path), ...inspection.nodes.map(({ path }) => path)];
  const isCopy = stages.some((stage) => attends(stage) && aimAt(node, stage));
  if (!isCopy && !splitNode(node, paths))
    return { part: 'node', value: node, instead: { node: null } };
  const cell = missingCell(stages, node);
  const [whose = node] = node.split('@');
  return cell === null ? null : { part: 'cell', value: cell, instead: { node: whose } };
}
