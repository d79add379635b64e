/** Brackets under the graph of numbers: which columns belong to which layer. */

import type { Scalars } from '../wire/capture';
import type { Box } from './boxes';

export interface Bracket {
  /** Path of the layer; empty: the loss. */
  node: string;
  from: number;
  to: number;
  parameters: number;
}

const AIR = 14;
const HALF = 24;

export function bracketsOf({ groups, scalars }: Scalars, boxes: readonly Box[]): Bracket[] {
  const brackets: Bracket[] = [];
  const inside = new Set<string>();
  let end = 0;
  for (const node of new Set(groups.map((group) => group.node))) {
    const own = new Set(
      groups.filter((group) => group.node === node).flatMap((group) => group.scalars),
    );
    const seen = boxes.filter(({ id }) => own.has(id));
    for (const id of own) inside.add(id);
    if (!seen.length) continue;
    const left = Math.min(...seen.map(({ x, width }) => x - width / 2));
    const right = Math.max(...seen.map(({ x, width }) => x + width / 2));
    const parameters = scalars.filter(({ id, parameter }) => own.has(id) && parameter).length;
    brackets.push({ node, from: Math.max(left - 4, end + AIR), to: right + 4, parameters });
    end = right + 4;
  }
  const rest = boxes.filter(({ id, scalar }) => !inside.has(id) && scalar.role === 'loss');
  const right = Math.max(0, ...rest.map(({ x }) => x + HALF));
  if (rest.length) brackets.push({ node: '', from: end + AIR, to: right, parameters: 0 });
  return brackets;
}
