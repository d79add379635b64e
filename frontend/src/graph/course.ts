/** The way of a wire on the canvas: straight, or over rounded corners. */

import type { Spot } from './arrange';

const ROUND = 8;
/** How far a wire goes out before it turns, where it was not laid. */
const OUT = 24;

export interface Course {
  path: string;
  /** The middle of its longest level piece: where its shape is written. */
  middle: Spot;
  /** How long that piece is. */
  room: number;
}

/** Lay a wire. Corners that were laid for other ends are left out. */
export function courseOf(from: Spot, to: Spot, corners: readonly Spot[]): Course {
  const laid = fits(from, to, corners) ? corners : plain(from, to);
  const points = [from, ...laid, to];
  return { path: pathOf(points), ...middleOf(points) };
}

function fits(from: Spot, to: Spot, corners: readonly Spot[]): boolean {
  const [first, last] = [corners[0], corners.at(-1)];
  if (!first || !last) return false;
  const isLevel = Math.abs(first.y - from.y) <= 2 && Math.abs(last.y - to.y) <= 2;
  return isLevel && first.x > from.x - 2 && last.x < to.x + 2;
}

function plain(from: Spot, to: Spot): Spot[] {
  if (Math.abs(from.y - to.y) <= 1 && to.x > from.x) return [];
  if (to.x >= from.x + OUT) {
    const x = Math.max(from.x + OUT / 2, to.x - OUT);
    return [
      { x, y: from.y },
      { x, y: to.y },
    ];
  }
  const between = Math.abs(to.y - from.y) > 40 ? (from.y + to.y) / 2 : Math.max(from.y, to.y) + 90;
  return [
    { x: from.x + OUT, y: from.y },
    { x: from.x + OUT, y: between },
    { x: to.x - OUT, y: between },
    { x: to.x - OUT, y: to.y },
  ];
}

function pathOf(points: readonly Spot[]): string {
  const [first = { x: 0, y: 0 }] = points;
  let path = `M${first.x} ${first.y}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [before, here, after] = [points[i - 1], points[i], points[i + 1]];
    if (!before || !here || !after) continue;
    const [a, b] = [towards(here, before), towards(here, after)];
    path += `L${a.x} ${a.y}Q${here.x} ${here.y} ${b.x} ${b.y}`;
  }
  const last = points.at(-1) ?? first;
  return `${path}L${last.x} ${last.y}`;
}

/** A point a little way off a corner. */
function towards(corner: Spot, other: Spot): Spot {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y) || 1;
  const share = Math.min(ROUND, length / 2) / length;
  return {
    x: round(corner.x + (other.x - corner.x) * share),
    y: round(corner.y + (other.y - corner.y) * share),
  };
}

const round = (x: number): number => Math.round(x * 10) / 10;

function middleOf(points: readonly Spot[]): { middle: Spot; room: number } {
  const [first = { x: 0, y: 0 }] = points;
  let best = { middle: first, room: -1 };
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1] ?? first, points[i] ?? first];
    const room = Math.abs(b.x - a.x);
    if (room > best.room && Math.abs(a.y - b.y) <= 1)
      best = { middle: { x: (a.x + b.x) / 2, y: a.y }, room };
  }
  return best;
}
