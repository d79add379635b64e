/** A diagram in its places, as the canvas library wants it. What has not changed stays the very same object. */

import { Position } from '@xyflow/svelte';
import type { Edge, Node } from '@xyflow/svelte';

import type { Spot } from '../../../graph/arrange';
import type { Card, Diagram, Link } from '../../../graph/diagram';
import { portAt, sizeOfCard } from '../../../graph/layout';
import type { Layout, Size } from '../../../graph/layout';
import { shapeText } from '../../../graph/stages';
import { say } from '../../../messages/say';
import type { Board } from './board.svelte';

/** A port's ring is so wide. */
const RING = 12;

export type CardNode = Node<{ card: Card; size: Size; board: Board }, 'card'>;
export type CableEdge = Edge<{ link: Link; corners: Spot[]; board: Board }, 'cable'>;

export const outletHandle = (port: string): string => `out:${port}`;
export const portHandle = (port: string | number): string => `in:${port}`;

/** Where cards are dragged to, over where the layout has them. */
export interface Places {
  layout: Layout;
  moved: ReadonlyMap<string, Spot>;
}

export function nodesOf(
  { cards }: Diagram,
  { layout, moved }: Places,
  old: readonly CardNode[],
  board: Board,
): CardNode[] {
  const known = new Map(old.map((node) => [node.id, node]));
  return cards.map((card) => {
    const size = layout.sizes.get(card.id) ?? sizeOfCard(card);
    const position = moved.get(card.id) ?? layout.spots.get(card.id) ?? { x: 0, y: 0 };
    const before = known.get(card.id);
    if (before?.data.card === card && isAt(before, position, size)) return before;
    return { ...fresh(card, size, board), position, selected: before?.selected ?? false };
  });
}

function isAt({ width, height, position }: CardNode, { x, y }: Spot, size: Size): boolean {
  return width === size.width && height === size.height && position.x === x && position.y === y;
}

function fresh(card: Card, size: Size, board: Board): Omit<CardNode, 'position'> {
  const { width, height } = size;
  return {
    id: card.id,
    type: 'card',
    data: { card, size, board },
    width,
    height,
    ...(card.level ? { parentId: card.level } : {}),
    handles: [
      ...card.ports.map(({ port }, i) => ({
        ...ringAt(0, portAt(i, card.ports.length, height)),
        id: portHandle(port),
        type: 'target' as const,
        position: Position.Left,
      })),
      ...card.outlets.map(({ port }, i) => ({
        ...ringAt(width, portAt(i, card.outlets.length, height)),
        id: outletHandle(port),
        type: 'source' as const,
        position: Position.Right,
      })),
    ],
    deletable: false,
    ariaRole: 'group',
    zIndex: card.sort === 'frame' ? -1 : card.problems.length ? 5 : 0,
  };
}

function ringAt(x: number, y: number) {
  return { x: x - RING / 2, y: y - RING / 2, width: RING, height: RING };
}

export function edgesOf(
  { links }: Diagram,
  { layout }: Places,
  old: readonly CableEdge[],
  board: Board,
): CableEdge[] {
  const known = new Map(old.map((edge) => [edge.id, edge]));
  return links.map((link) => {
    const corners = layout.bends.get(link.id) ?? NONE;
    const before = known.get(link.id);
    if (before?.data?.link === link && before.data.corners === corners) return before;
    return {
      id: link.id,
      type: 'cable',
      source: link.from,
      target: link.to,
      sourceHandle: outletHandle(link.outlet),
      targetHandle: portHandle(link.end.port),
      data: { link, corners, board },
      selected: before?.selected ?? false,
    };
  });
}

/** A wire with what a screen reader says of it, which is worked out for those that are drawn. */
export function namedEdge(edge: CableEdge): CableEdge {
  const { link, board } = edge.data ?? {};
  if (!link || !board || edge.ariaLabel !== undefined) return edge;
  const known = names.get(edge);
  if (known) return known;
  const ariaLabel = say('canvas.wire.name', {
    from: board.card(link.from)?.title ?? '',
    to: board.card(link.to)?.title ?? '',
    shape: shapeText(link.spec),
  });
  const named = { ...edge, ariaLabel };
  names.set(edge, named);
  return named;
}

const names = new WeakMap<CableEdge, CableEdge>();

const NONE: Spot[] = [];

/** Cards and wires of a new diagram that say the same as before are the ones from before. */
export function steadied(now: Diagram, old: Diagram | null): Diagram {
  if (!old) return now;
  return { cards: same(now.cards, old.cards), links: same(now.links, old.links) };
}

function same<T extends { id: string }>(now: readonly T[], old: readonly T[]): T[] {
  const known = new Map(old.map((each) => [each.id, each]));
  return now.map((each) => {
    const before = known.get(each.id);
    return before && JSON.stringify(before) === JSON.stringify(each) ? before : each;
  });
}
