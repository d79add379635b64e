/** Which cards are in view. */

import type { Spot } from '../../../graph/arrange';
import { around, meets } from '../../../graph/view';
import type { View } from '../../../graph/view';
import type { CableEdge, CardNode } from './flow';

/** All cards and wires in their places. */
interface Drawing {
  nodes: readonly CardNode[];
  edges: readonly CableEdge[];
  /** The card that the keys speak to: it stays, as with it the focus would go. */
  focused: string | null;
}

/** Where cards lie on the canvas itself: what is in a block counts from its corner. */
export function placesOf(nodes: readonly CardNode[]): Map<string, Spot> {
  const places = new Map<string, Spot>();
  for (const { id, parentId, position } of nodes) {
    const corner = places.get(parentId ?? '') ?? { x: 0, y: 0 };
    places.set(id, { x: corner.x + position.x, y: corner.y + position.y });
  }
  return places;
}

/** The cards in view, the one that has the keys, the blocks that they lie in, and the ends of wires that cross it. */
export function inView({ nodes, edges, focused }: Drawing, view: View): Set<string> {
  const places = placesOf(nodes);
  const known = new Map(nodes.map((node) => [node.id, node]));
  const wanted = new Set<string>();
  const want = (id: string): void => {
    const parent = known.get(id)?.parentId;
    if (parent) want(parent);
    wanted.add(id);
  };
  for (const node of nodes) {
    if (node.id === focused || meets(view, boxOf(node, places))) want(node.id);
  }
  for (const { source, target, data } of edges) {
    const [from, to] = [known.get(source), known.get(target)];
    if (!from || !to) continue;
    const corners = (data?.corners ?? []).map((corner) => ({ ...corner, width: 0, height: 0 }));
    if (!meets(view, around([boxOf(from, places), boxOf(to, places), ...corners]))) continue;
    want(source);
    want(target);
  }
  return wanted;
}

function boxOf({ id, data }: CardNode, places: ReadonlyMap<string, Spot>): View {
  return { ...(places.get(id) ?? { x: 0, y: 0 }), ...data.size };
}
