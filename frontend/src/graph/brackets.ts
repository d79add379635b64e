/** Brackets under the graph of numbers: which columns belong to which layer. */

import type { Scalars } from '../wire/capture';
import type { Box } from './boxes';

export interface Bracket {
  /** Path of the layer; empty: the loss. */
  node: string;
  from: number;
  to: number;
  parameters: number;
  /** Pixels that its words may take before they meet those of a neighbour. */
  room: number;
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
    brackets.push({
      node,
      from: Math.max(left - 4, end + AIR),
      to: right + 4,
      parameters,
      room: 0,
    });
    end = right + 4;
  }
  const rest = boxes.filter(({ id, scalar }) => !inside.has(id) && scalar.role === 'loss');
  const right = Math.max(0, ...rest.map(({ x }) => x + HALF));
  if (rest.length) brackets.push({ node: '', from: end + AIR, to: right, parameters: 0, room: 0 });
  return brackets.map((bracket, i) => ({ ...bracket, room: roomOf(brackets, i) }));
}

function roomOf(brackets: readonly Bracket[], at: number): number {
  const middle = ({ from, to }: Bracket): number => (from + to) / 2;
  const [own, ...near] = [brackets[at], brackets[at - 1], brackets[at + 1]];
  const gaps = near.flatMap((each) => (own && each ? [Math.abs(middle(each) - middle(own))] : []));
  return Math.min(Infinity, ...gaps) - AIR;
}
