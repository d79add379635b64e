/** Wires as they are seen from far away: mere lines, few outlines for all, as hundreds of things would take long to draw. */

import type { Spot } from '../../../graph/arrange';
import { courseOf } from '../../../graph/course';
import type { CableEdge, CardNode } from './flow';
import { placesOf } from './view';

export interface Outlines {
  /** Wires of cards that stay where they are. */
  still: string;
  /** Wires of chosen cards, which may be on their way. */
  moving: string;
  /** Wires in which something does not fit. */
  broken: string;
}

interface Laid {
  from: Spot;
  to: Spot;
  path: string;
}
/** How each wire was laid last. */
const laid = new WeakMap<CableEdge, Laid>();

export function outlinesOf(nodes: readonly CardNode[], edges: readonly CableEdge[]): Outlines {
  const places = placesOf(nodes);
  const cards = new Map(nodes.map((node) => [node.id, node]));
  const paths: Record<keyof Outlines, string[]> = { still: [], moving: [], broken: [] };
  for (const edge of edges) {
    const [source, target] = [cards.get(edge.source), cards.get(edge.target)];
    const from = source && endOf(source, edge.sourceHandle, places);
    const to = target && endOf(target, edge.targetHandle, places);
    if (!from || !to) continue;
    const isMoving = source.selected === true || target.selected === true;
    const kind = edge.data?.link.broken ? 'broken' : isMoving ? 'moving' : 'still';
    paths[kind].push(pathOf(edge, from, to));
  }
  return {
    still: paths.still.join(''),
    moving: paths.moving.join(''),
    broken: paths.broken.join(''),
  };
}

function pathOf(edge: CableEdge, from: Spot, to: Spot): string {
  const before = laid.get(edge);
  if (before && isSpot(before.from, from) && isSpot(before.to, to)) return before.path;
  const { path } = courseOf(from, to, edge.data?.corners ?? []);
  laid.set(edge, { from, to, path });
  return path;
}

const isSpot = (one: Spot, other: Spot): boolean => one.x === other.x && one.y === other.y;

/** Where a wire meets a port: at the outer side of its ring. */
function endOf(
  { id, handles }: CardNode,
  name: string | null | undefined,
  places: ReadonlyMap<string, Spot>,
): Spot | null {
  const corner = places.get(id);
  const ring = handles?.find((each) => each.id === name);
  if (!corner || !ring) return null;
  const { x, y, width = 0, height = 0, type } = ring;
  return {
    x: corner.x + x + (type === 'source' ? width : 0),
    y: corner.y + y + height / 2,
  };
}
