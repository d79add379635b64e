/** What a layer that goes along a sequence hands on at its end. */

import { everyPart, isBlock, sourcesOf } from './parts';
import type { Graph } from '../wire/schema';

/** A state at the end that something reads. */
export interface Context {
  /** Whether it is all that is read of the layer, and not its states along the way as well. */
  isAlone: boolean;
  /** Whether its second half comes from the way back, which ends at the first place. */
  isTwoWay: boolean;
}

/** What is read of the last state of a layer; null: nothing. */
export function contextOf(graph: Graph, path: string): Context | null {
  const parts = everyPart(graph);
  const own = parts.find((each) => each.path === path);
  if (!own || isBlock(own.part)) return null;
  const { id, layer } = own.part;
  const read = parts
    .filter(({ scope }) => scope === own.scope)
    .flatMap(({ part }) => sourcesOf(part));
  if (!read.includes(`${id}:state`)) return null;
  const isTwoWay = 'bidirectional' in layer && layer.bidirectional;
  return { isAlone: !read.some((each) => each === id || each === `${id}:output`), isTwoWay };
}
