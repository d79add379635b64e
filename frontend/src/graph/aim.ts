/** Where attention is looked at: at which node, of a repeated block in which of its copies, by which head, at which place. */

import { joinNode } from './cursor';
import type { Stage } from './stages';

export interface Aim {
  path: string;
  /** Counted from 0; null: the mean of all. */
  head: number | null;
  /** The place that asks, counted from 0; null: the usual one. */
  place: number | null;
}

const NUMBER = /^\d{1,4}$/;

/** Read the address of a node, or of a copy of it; null where it names another one. */
export function aimAt(node: string | null, stage: Pick<Stage, 'path' | 'repeat'>): Aim | null {
  const [name = '', cell] = (node ?? '').split('@', 2);
  const parts = name.split('.');
  const own = stage.path.split('.');
  const isCopy = own.every((part, i) => part === parts[i] || (stage.repeat > 1 && isNumber(part, parts[i]))); // prettier-ignore
  const [head, more] = parts.slice(own.length);
  if (!isCopy || more !== undefined) return null;
  if (head !== undefined && (!NUMBER.test(head) || Number(head) < 1)) return null;
  const row = Number(cell?.split(',')[0] ?? NaN);
  return {
    path: parts.slice(0, own.length).join('.'),
    head: head === undefined ? null : Number(head) - 1,
    place: Number.isInteger(row) && row > 0 ? row - 1 : null,
  };
}

/** The address of what is looked at. */
export function addressOfAim({ path, head, place }: Aim): string {
  return joinNode(path, head, place === null ? null : { row: place, column: 0 });
}

/** In which copy of its block a node is, counted from 1; null: it is in none. */
export function copyOf(path: string): number | null {
  const numbers = path.split('.').filter((part) => NUMBER.test(part));
  return numbers.length ? Number(numbers.at(-1)) + 1 : null;
}

function isNumber(a: string, b: string | undefined): boolean {
  return NUMBER.test(a) && b !== undefined && NUMBER.test(b);
}
