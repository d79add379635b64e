/** Places for labels that are larger than the gaps between what they belong to: near it, over nothing, with a line. */

import type { Spot } from './arrange';
import type { View } from './view';

export interface Label {
  id: string;
  width: number;
  height: number;
  /** Where it may be tied to, the best first. */
  anchors: readonly Spot[];
}

export interface PlacedLabel extends View {
  id: string;
  anchor: Spot;
  /** Where its line meets it. */
  foot: Spot;
}

const ACROSS = [0, 22, 44, 70, 96, 124, 156, 192, 230];
const DOWN = [24, 36, 50, 66, 84, 104, 130, 160, 190];
const AIR = 3;
/** An overlap weighs so many times as much as a pixel of distance. */
const WEIGHT = 40;

/** Place labels one after the other; each then is in the way of the next. */
export function placeLabels(
  labels: readonly Label[],
  obstacles: readonly View[],
  bounds: { width: number; height: number },
): PlacedLabel[] {
  const taken = [...obstacles];
  return labels.map((label) => {
    const placed = best(label, taken, bounds);
    taken.push(placed);
    return placed;
  });
}

function best(
  { id, width, height, anchors }: Label,
  taken: readonly View[],
  bounds: { width: number; height: number },
): PlacedLabel {
  let found: PlacedLabel | null = null;
  let least = Infinity;
  for (const [rank, anchor] of anchors.entries()) {
    for (const down of DOWN.flatMap((each) => [-each, each])) {
      for (const across of ACROSS.flatMap((each) => (each ? [-each, each] : [0]))) {
        const x = clamp(anchor.x + across - width / 2, 0, bounds.width - width);
        const y = anchor.y + down - height / 2;
        if (y < 0 || y + height > bounds.height) continue;
        const way = Math.abs(down) + 0.8 * Math.abs(across) + 12 * rank;
        // What is farther than the best so far cannot be better.
        if (way >= least) continue;
        const box = { x, y, width, height };
        const cost = way + WEIGHT * overlap(box, taken);
        if (cost >= least) continue;
        least = cost;
        found = { id, ...box, anchor, foot: footOf(box, anchor) };
      }
    }
  }
  const [anchor = { x: 0, y: 0 }] = anchors;
  const here = { x: anchor.x - width / 2, y: anchor.y - height / 2, width, height };
  return found ?? { id, ...here, anchor, foot: anchor };
}

function footOf({ x, y, width, height }: View, anchor: Spot): Spot {
  return { x: clamp(anchor.x, x + 10, x + width - 10), y: y > anchor.y ? y : y + height };
}

/** How many pixels of a box lie over others, with a little air around. */
export function overlap(box: View, others: readonly View[]): number {
  let all = 0;
  for (const other of others) {
    const wide =
      Math.min(box.x + box.width, other.x + other.width) - Math.max(box.x, other.x) + AIR;
    const high =
      Math.min(box.y + box.height, other.y + other.height) - Math.max(box.y, other.y) + AIR;
    if (wide > 0 && high > 0) all += wide * high;
  }
  return all;
}

const clamp = (x: number, low: number, high: number): number => Math.max(low, Math.min(high, x));
