/** The edges between numbers: curves from box to box, and the points on them. */

import type { ScalarEdge, Scalars } from '../wire/capture';
import type { Spot } from './arrange';
import { PITCH } from './boxes';
import type { Box } from './boxes';
import { edgeId } from './scalars';

export interface Thread {
  id: string;
  edge: ScalarEdge;
  from: Box;
  to: Box;
  path: string;
  /** A point on it, 0 at its beginning and 1 at its end. */
  at: (share: number) => Spot;
}

/** How far apart edges arrive at a box. */
const APART = 5;
/** A straight piece that is nearer to a box than this, up or down, would touch it. */
const CLEAR = 26;

/** All edges between boxes that are seen; of a folded unit those from and to what is outside. */
export function threadsOf({ edges, groups }: Scalars, boxes: readonly Box[]): Thread[] {
  const seen = new Map(boxes.map((box) => [box.id, box]));
  const folded = new Map(boxes.filter(({ folds }) => folds).map((box) => [box.folds, box]));
  const stand = new Map<string, Box>();
  for (const group of groups) {
    const box = folded.get(`${group.node}[${group.unit}]`);
    if (box) for (const id of group.scalars) stand.set(id, box);
  }
  const drawn = edges.flatMap((edge) => {
    const to = seen.get(edge.to) ?? stand.get(edge.to);
    // What a folded unit has inside is read from outside only where a penalty reads its weights.
    const from = seen.get(edge.from);
    return from && to && from !== to ? [{ edge, from, to }] : [];
  });
  const arrivals = new Map<Box, (typeof drawn)[number][]>();
  for (const each of drawn) arrivals.set(each.to, [...(arrivals.get(each.to) ?? []), each]);
  for (const all of arrivals.values()) all.sort((a, b) => a.from.y - b.from.y);
  const pitch = pitchOf(boxes);
  return drawn.map(({ edge, from, to }) => {
    const all = arrivals.get(to) ?? [];
    const place = all.findIndex((each) => each.edge === edge) - (all.length - 1) / 2;
    const shift = from.y === to.y ? 0 : Math.max(-8, Math.min(8, place * APART));
    return { id: edgeId(edge), edge, from, to, ...curve({ from, to, shift }, boxes, pitch) };
  });
}

/** Pixels from a column to the next; where they stand far apart, no more than usual. */
function pitchOf(boxes: readonly Box[]): number {
  const columns = [...new Set(boxes.map(({ x }) => x))].sort((a, b) => a - b);
  return Math.min(PITCH.x, ...columns.slice(1).map((x, i) => x - (columns[i] ?? -Infinity)));
}

/** A curve: straight on beside what is between, then down or up in the last gap. */
function curve(
  { from, to, shift }: { from: Box; to: Box; shift: number },
  boxes: readonly Box[],
  pitch: number,
): Pick<Thread, 'path' | 'at'> {
  const [x1, y1] = [from.x + from.width / 2, from.y];
  const [x2, y2] = [to.x - to.width / 2, to.y + shift];
  const isFar = x2 - x1 > pitch;
  const isFree = boxes.every(
    (box) => box.x <= from.x || box.x >= to.x || Math.abs(box.y - y1) > CLEAR,
  );
  const turn = isFar && isFree ? x2 - pitch * 0.85 : x1;
  const middle = (turn + x2) / 2;
  const run = turn - x1;
  const bend = Math.hypot(x2 - turn, y2 - y1);
  const at = (share: number): Spot => {
    const gone = share * (run + bend);
    if (gone < run) return { x: x1 + gone, y: y1 };
    const t = bend ? (gone - run) / bend : 1;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
    return { x: a * turn + (b + c) * middle + d * x2, y: (a + b) * y1 + (c + d) * y2 };
  };
  const bent = y1 === y2 ? `H${x2}` : `C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
  return { path: `M${x1} ${y1}${run > 0 ? `H${turn}` : ''}${bent}`, at };
}
