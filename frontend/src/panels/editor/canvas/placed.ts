/** Where cards are until the worker has laid everything out. */

import type { Diagram } from '../../../graph/diagram';
import { Assembly } from '../../../graph/layout';
import type { Layout } from '../../../graph/layout';

/** Places at once: known cards stay where they are, new ones come right behind what feeds them. */
export function placed(diagram: Diagram, room: number, old: Layout | null): Layout {
  const layout = new Assembly(diagram, room).atOnce();
  const isKnown = (id: string): boolean => old?.spots.has(id) ?? false;
  const fresh = diagram.cards.filter(({ id }) => !isKnown(id));
  if (!old || fresh.length > diagram.cards.length / 2) return layout;
  const spots = new Map(layout.spots);
  for (const { id } of diagram.cards) {
    const spot = old.spots.get(id);
    if (spot) spots.set(id, spot);
  }
  for (const { id, level } of fresh) {
    const link = diagram.links.find(({ to }) => to === id);
    const source = link && old.spots.get(link.from);
    const isLevelKnown = !level || isKnown(level);
    if (source && isLevelKnown) spots.set(id, { x: source.x + 60, y: source.y + 60 });
  }
  return { spots, sizes: layout.sizes, bends: new Map() };
}
