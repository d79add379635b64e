/** A whole diagram in place: level by level from the inside out, an open block as large as what is in it. */

import { arrangeAtOnce } from './arrange';
import type { Arrangement, Level, Spot } from './arrange';
import { wrapped } from './wrap';

export interface Size {
  width: number;
  height: number;
}

/** What of a card decides about its place. */
export interface Placed {
  id: string;
  /** The open block that it lies in, as a path; empty: the canvas itself. */
  level: string;
  sort: string;
  elementwise: boolean;
  /** Where wires touch it, left and right. */
  ports: readonly { port: string | number }[];
  outlets: readonly { port: string }[];
  /** How large it is; without, that follows from what it is. */
  size?: Size;
}

/** A wire between two cards of a level. */
export interface Laid {
  id: string;
  level: string;
  from: string;
  outlet: string;
  to: string;
  end: { port: string | number };
}

/** What can be laid out. */
export interface Plan {
  cards: readonly Placed[];
  links: readonly Laid[];
}

export interface Layout {
  /** Where each card lies: within its open block, or on the canvas. */
  spots: Map<string, Spot>;
  sizes: Map<string, Size>;
  /** Corners of wires, on the canvas. */
  bends: Map<string, Spot[]>;
}

/** Room around what is inside an open block; its name stands above. */
export const FRAME = { top: 44, side: 28, under: 24 } as const;
const PORT = 18;
/** What is in a block is wrapped later: it is seen as one thing. */
const INNER = 2;

/** How large a card is; an open block is as large as what is in it. */
export function sizeOfCard(card: Placed): Size {
  if (card.size) return card.size;
  const rows = Math.max(card.ports.length, card.outlets.length);
  const tall = (height: number): number => Math.max(height, rows * PORT + 20);
  if (card.level && (card.sort === 'input' || card.sort === 'output'))
    return { width: 84, height: 32 };
  if (card.sort === 'input') return { width: 112, height: 112 };
  if (card.sort === 'output') return { width: 112, height: 56 };
  if (card.elementwise) return { width: 112, height: tall(56) };
  return { width: 120, height: tall(120) };
}

/** How far under a card's upper edge its port number `i` of `count` is. */
export function portAt(i: number, count: number, height: number): number {
  return Math.round(((i + 1) * height) / (count + 1));
}

/** Levels from the innermost to the canvas itself. */
export function levelsOf({ cards }: Plan): string[] {
  const depth = (level: string): number => (level ? level.split('.').length : 0);
  return [...new Set(['', ...cards.map(({ level }) => level)])].sort((a, b) => depth(b) - depth(a));
}

/** One level as boxes and wires. */
export function levelOf(
  { cards, links }: Plan,
  level: string,
  sizes: ReadonlyMap<string, Size>,
): Level {
  const here = cards.filter((card) => card.level === level);
  const known = new Map(here.map((card) => [card.id, card]));
  const height = (card: Placed): number => (sizes.get(card.id) ?? sizeOfCard(card)).height;
  const ties = links.flatMap((link) => {
    const [from, to] = [known.get(link.from), known.get(link.to)];
    if (link.level !== level || !from || !to) return [];
    const out = Math.max(
      0,
      from.outlets.findIndex(({ port }) => port === link.outlet),
    );
    const into = Math.max(
      0,
      to.ports.findIndex(({ port }) => port === link.end.port),
    );
    return [
      {
        id: link.id,
        from: from.id,
        to: to.id,
        leaves: portAt(out, from.outlets.length, height(from)),
        arrives: portAt(into, to.ports.length, height(to)),
      },
    ];
  });
  return {
    boxes: here.map((card) => ({ id: card.id, ...(sizes.get(card.id) ?? sizeOfCard(card)) })),
    ties,
  };
}

/** How levels were arranged, by path; `text`: what was arranged. */
export type Arrangements = Map<string, { text: string; arrangement: Arrangement }>;

/** A layout that is put together from the inside out. */
export class Assembly {
  readonly sizes = new Map<string, Size>();
  readonly #spots = new Map<string, Spot>();
  readonly #parts = new Map<string, Arrangement>();
  readonly #diagram: Plan;
  readonly #room: number;

  constructor(diagram: Plan, room: number) {
    this.#diagram = diagram;
    this.#room = room;
  }

  /** Take a level's arrangement in; long ones are wrapped. */
  add(level: string, boxes: Level, arrangement: Arrangement): void {
    const whole = wrapped(arrangement, boxes, level ? INNER * this.#room : this.#room);
    const shift = level ? { x: FRAME.side, y: FRAME.top } : { x: 0, y: 0 };
    for (const [id, { x, y }] of whole.spots) {
      this.#spots.set(id, { x: Math.round(x + shift.x), y: Math.round(y + shift.y) });
    }
    for (const { id, width, height } of boxes.boxes) this.sizes.set(id, { width, height });
    this.#parts.set(level, whole);
    if (level) {
      this.sizes.set(level, {
        width: Math.ceil(whole.width + 2 * FRAME.side),
        height: Math.ceil(whole.height + FRAME.top + FRAME.under),
      });
    }
  }

  get layout(): Layout {
    const bends = new Map<string, Spot[]>();
    for (const [level, part] of this.#parts) {
      const { x, y } = cornerOf(level, this.#spots);
      const shift = level ? { x: x + FRAME.side, y: y + FRAME.top } : { x: 0, y: 0 };
      for (const [id, corners] of part.bends) {
        bends.set(
          id,
          corners.map((corner) => ({ x: corner.x + shift.x, y: corner.y + shift.y })),
        );
      }
    }
    return { spots: this.#spots, sizes: this.sizes, bends };
  }

  /** Arrange all levels at once; those that were arranged before, and are known, stay as they were. */
  atOnce(known: Arrangements = new Map()): Layout {
    for (const level of levelsOf(this.#diagram)) {
      const boxes = levelOf(this.#diagram, level, this.sizes);
      const text = JSON.stringify(boxes);
      const before = known.get(level);
      const arrangement = before?.text === text ? before.arrangement : arrangeAtOnce(boxes);
      known.set(level, { text, arrangement });
      this.add(level, boxes, arrangement);
    }
    return this.layout;
  }
}

/** Where an open block lies on the canvas. */
export function cornerOf(level: string, spots: ReadonlyMap<string, Spot>): Spot {
  const corner = { x: 0, y: 0 };
  const parts = level ? level.split('.') : [];
  parts.forEach((_, i) => {
    const spot = spots.get(parts.slice(0, i + 1).join('.'));
    corner.x += spot?.x ?? 0;
    corner.y += spot?.y ?? 0;
  });
  return corner;
}

/** What a layout depends on, as a short text: the same structure has the same places. */
export function keyOf(diagram: Plan, room: number): string {
  const cards = diagram.cards.map(({ id, sort, ports, outlets, elementwise }) =>
    [id, sort, ports.length, outlets.length, elementwise].join(),
  );
  const links = diagram.links.map(({ id, from, outlet }) => `${id}<${from}:${outlet}`);
  const text = [...cards, ...links, room].join(';');
  let [one, two] = [0x811c9dc5, 0x2545f491];
  for (let i = 0; i < text.length; i++) {
    one = Math.imul(one ^ text.charCodeAt(i), 0x01000193);
    two = Math.imul(two ^ text.charCodeAt(i), 0x5bd1e995);
  }
  return `${(one >>> 0).toString(36)}.${(two >>> 0).toString(36)}.${text.length}`;
}

/** Places at once: known cards stay where they are, new ones come right behind what feeds them. */
export function placedAtOnce(plan: Plan, room: number, old: Layout | null): Layout {
  const layout = new Assembly(plan, room).atOnce();
  const isKnown = (id: string): boolean => old?.spots.has(id) ?? false;
  const fresh = plan.cards.filter(({ id }) => !isKnown(id));
  if (!old || fresh.length > plan.cards.length / 2) return layout;
  const spots = new Map(layout.spots);
  for (const { id } of plan.cards) {
    const spot = old.spots.get(id);
    if (spot) spots.set(id, spot);
  }
  for (const { id, level } of fresh) {
    const link = plan.links.find(({ to }) => to === id);
    const source = link && old.spots.get(link.from);
    const isLevelKnown = !level || isKnown(level);
    if (source && isLevelKnown) spots.set(id, { x: source.x + 60, y: source.y + 60 });
  }
  return { spots, sizes: layout.sizes, bends: new Map() };
}
