/** How weights of parts begin that are only drawn yet: said by path, and followed through the edits. */

import type { Graph, Job } from '../wire/schema';
import { everyPart, isBlock, partAt } from './parts';
import type { Part } from './parts';

export type Begins = Job['init'];

/** What tells a part from all others, whatever it is called and wherever it stands. */
const coreOf = (part: Part): object => (isBlock(part) ? part.block : part.layer);

/** Go along with an edit: to another path with a part that moved, away with one that is gone or of another kind now. */
export function followed(begins: Begins, before: Graph, after: Graph): Begins {
  const paths = Object.keys(begins);
  if (!paths.length) return begins;
  const places = new Map(everyPart(after).map(({ path, part }) => [coreOf(part), path]));
  const found: Begins = {};
  for (const path of paths) {
    const init = begins[path];
    const part = partAt(before, path);
    const there = part && (isLike(part, partAt(after, path)) ? path : places.get(coreOf(part)));
    if (init && there) found[there] = init;
  }
  return found;
}

/** Whether a part is still what it was, but for its settings. */
function isLike(part: Part, now: Part | null): boolean {
  if (!now) return false;
  if (isBlock(part) || isBlock(now)) return isBlock(part) && isBlock(now);
  return part.layer.kind === now.layer.kind;
}

/** All but what is said of one path. */
export function without(begins: Begins, path: string): Begins {
  return Object.fromEntries(Object.entries(begins).filter(([each]) => each !== path));
}
