/** Cards and cables of the graph of tensors in their places. */

import type { Spot } from '../../graph/arrange';
import { courseOf } from '../../graph/course';
import type { Course } from '../../graph/course';
import { portAt } from '../../graph/layout';
import type { Layout } from '../../graph/layout';
import type { Cable, TracedCard, Tracing } from '../../graph/traced';
import { around, meets } from '../../graph/view';
import type { View } from '../../graph/view';

/** A card in its place on the canvas. */
export interface PlacedCard extends View {
  card: TracedCard;
}

/** A cable in its place. */
export interface Line {
  cable: Cable;
  course: Course;
  /** What it lies in, with the cards at its ends. */
  box: View;
}

/** What is on the canvas: with which folds open, and where. */
export interface Drawn {
  open: ReadonlySet<string>;
  tracing: Tracing;
  layout: Layout | null;
}
export const NOTHING: Drawn = { open: new Set(), tracing: { cards: [], links: [] }, layout: null };

/** Say where all cards are, folds before what is in them. */
export function placesOf({ tracing, layout }: Drawn): Map<string, PlacedCard> {
  const places = new Map<string, PlacedCard>();
  if (!layout) return places;
  const depth = (level: string): number => (level ? level.split('.').length : 0);
  for (const card of tracing.cards.toSorted((a, b) => depth(a.level) - depth(b.level))) {
    const spot = layout.spots.get(card.id);
    const corner = card.level ? places.get(card.level) : { x: 0, y: 0 };
    const size = layout.sizes.get(card.id);
    if (spot && corner && size)
      places.set(card.id, { card, x: corner.x + spot.x, y: corner.y + spot.y, ...size });
  }
  return places;
}

/** Lead a cable from card to card, round its corners. */
export function lineOf(
  cable: Cable,
  from: PlacedCard,
  to: PlacedCard,
  corners: readonly Spot[],
): Line {
  const out = from.card.outlets.findIndex(({ port }) => port === cable.outlet);
  const into = to.card.ports.findIndex(({ port }) => port === cable.end.port);
  const course = courseOf(
    {
      x: from.x + from.width,
      y: from.y + portAt(Math.max(0, out), from.card.outlets.length, from.height),
    },
    { x: to.x, y: to.y + portAt(Math.max(0, into), to.card.ports.length, to.height) },
    corners,
  );
  const points = corners.map((corner) => ({ ...corner, width: 0, height: 0 }));
  return { cable, course, box: around([from, to, ...points]) };
}

/** A level piece shorter than this holds no words. */
const ROOM = 62;
/** How much place the words at a cable take: to each side of the middle, above it, and below where something comes back. */
const WORDS = { side: 38, above: 32, below: 22 };

/** Say at which cables there are words: those that come back first, and none over the words of another. */
export function toldOf(lines: readonly Line[]): Set<string> {
  const told = new Map<string, View>();
  const able = lines.filter(({ cable, course }) => course.room > ROOM && !cable.isSaved);
  for (const line of able.toSorted((a, b) => b.cable.back.length - a.cable.back.length)) {
    const place = wordsOf(line);
    if (![...told.values()].some((other) => meets(other, place))) told.set(line.cable.id, place);
  }
  return new Set(told.keys());
}

function wordsOf({ cable, course: { middle } }: Line): View {
  const { side, above, below } = WORDS;
  const height = above + (cable.back.length ? below : 0);
  return { x: middle.x - side, y: middle.y - above, width: 2 * side, height };
}
