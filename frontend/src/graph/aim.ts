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
  const [name = '', cell = ''] = (node ?? '').split('@', 2);
  const parts = name.split('.');
  const own = stage.path.split('.');
  const head = headIn(parts.slice(own.length));
  if (head === undefined || !own.every((part, i) => isSame(part, parts[i], stage.repeat)))
    return null;
  return { path: parts.slice(0, own.length).join('.'), head, place: fromOne(cell.split(',')[0]) };
}

/** What comes behind a path: a head, nothing (null), or what no address has (undefined). */
function headIn(rest: readonly string[]): number | null | undefined {
  const [head] = rest;
  if (head === undefined) return null;
  return rest.length > 1 ? undefined : (fromOne(head) ?? undefined);
}

/** A number that is written from 1 on, counted from 0. */
function fromOne(text = ''): number | null {
  return NUMBER.test(text) && Number(text) > 0 ? Number(text) - 1 : null;
}

/** Copies of a block differ in their number. */
function isSame(part: string, other: string | undefined, repeat: number): boolean {
  if (part === other) return true;
  return repeat > 1 && NUMBER.test(part) && NUMBER.test(other ?? '');
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
