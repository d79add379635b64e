/** Which cards are in view. */

import type { Spot } from '../../../graph/arrange';
import { around, meets } from '../../../graph/view';
import type { View } from '../../../graph/view';
import type { CableEdge, CardNode } from './flow';

/** Where cards lie on the canvas itself: what is in a block counts from its corner. */
export function placesOf(nodes: readonly CardNode[]): Map<string, Spot> {
  const places = new Map<string, Spot>();
  for (const { id, parentId, position } of nodes) {
    const corner = places.get(parentId ?? '') ?? { x: 0, y: 0 };
    places.set(id, { x: corner.x + position.x, y: corner.y + position.y });
  }
  return places;
}

/** Cards and wires with the room that each takes: worked out once, and looked at in every frame. */
export interface Field {
  cards: ReadonlyMap<string, { box: View; parent: string | undefined }>;
  wires: readonly { id: string; box: View; ends: readonly [string, string] }[];
}

export function fieldOf(nodes: readonly CardNode[], edges: readonly CableEdge[]): Field {
  const places = placesOf(nodes);
  const cards = new Map(
    nodes.map(({ id, parentId, data }) => {
      const box = { ...(places.get(id) ?? { x: 0, y: 0 }), ...data.size };
      return [id, { box, parent: parentId }] as const;
    }),
  );
  const wires = edges.flatMap(({ id, source, target, data }) => {
    const [from, to] = [cards.get(source), cards.get(target)];
    if (!from || !to) return [];
    const corners = (data?.corners ?? []).map((corner) => ({ ...corner, width: 0, height: 0 }));
    return [
      {
        id,
        box: around([from.box, to.box, ...corners]),
        ends: [source, target] as [string, string],
      },
    ];
  });
  return { cards, wires };
}

/** The wires that cross the view. */
export function crossing({ wires }: Field, view: View): Set<string> {
  return new Set(wires.filter(({ box }) => meets(view, box)).map(({ id }) => id));
}

/**
 * The cards in view, the one that has the keys, as with it the focus would go, the blocks that they lie in, and the
 * ends of wires that cross the view.
 */
export function inView({ cards, wires }: Field, focused: string | null, view: View): Set<string> {
  const wanted = new Set<string>();
  const want = (id: string): void => {
    const parent = cards.get(id)?.parent;
    if (parent) want(parent);
    wanted.add(id);
  };
  for (const [id, { box }] of cards) if (id === focused || meets(view, box)) want(id);
  for (const { box, ends } of wires) if (meets(view, box)) ends.forEach(want);
  return wanted;
}
