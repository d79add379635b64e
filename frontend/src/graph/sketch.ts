/** A network as a small picture: a bar for each layer with weights, as tall as what comes out of it is wide.
 *  A few units are as many dots. */

import type { Stroke } from '../wire/schema';

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
  /** A unit by itself. */
  isDot: boolean;
  /** Of what comes in. */
  isGiven: boolean;
}

/** So many units are still drawn one by one. */
const FEW = 8;
const GAP = 0.3;
/** Where there is room, bars are no thicker and no farther apart: a network of two layers is two bars, not two boxes. */
const [THICKEST, FARTHEST] = [7, 30];
/** Of the height, for what is smallest. */
const LEAST = 0.06;

/** Bars from left to right, level by level; what stands at one level shares its place, one above the other. */
export function barsOf(strokes: readonly Stroke[], width: number, height: number): Bar[] {
  const order = [...new Set(strokes.map(({ level }) => level))].sort((a, b) => a - b);
  const levels = order.map((level) => strokes.filter((stroke) => stroke.level === level));
  const weights = levels.map((here) => Math.max(...here.map(thickness)));
  const step = Math.min(THICKEST, width / (sum(weights) + GAP * (weights.length - 1)));
  const left = width - step * sum(weights);
  const gap = Math.min(FARTHEST, left / Math.max(1, weights.length - 1));
  const tallest = Math.max(...strokes.map(side));
  let x = 0;
  return levels.flatMap((here, i) => {
    const wide = (weights[i] ?? 1) * step;
    const bars = stacked(here, { x, width: wide, height, tallest });
    x += wide + gap;
    return bars.map((bar) => ({ ...bar, isGiven: order[i] === 0 }));
  });
}

interface Slot {
  x: number;
  width: number;
  height: number;
  tallest: number;
}

/** Bars of one level, the whole of them in the middle. */
function stacked(
  strokes: readonly Stroke[],
  { x, width, height, tallest }: Slot,
): Omit<Bar, 'isGiven'>[] {
  const [only] = strokes;
  if (only && strokes.length === 1 && only.shape.length < 2 && (only.shape[0] ?? 1) <= FEW)
    return dots(only.shape[0] ?? 1, x, width, height);
  const shares = strokes.map((stroke) => Math.max(LEAST, side(stroke) / tallest));
  const gap = strokes.length > 1 ? height * 0.04 : 0;
  const room = Math.max(...shares) * height;
  const total = strokes.length > 1 ? Math.max(room, height * 0.5) : room;
  const each = (total - gap * (strokes.length - 1)) / strokes.length;
  const top = (height - total) / 2;
  return strokes.map((_, i) => ({
    x,
    y: top + i * (each + gap),
    width,
    height: each,
    isDot: false,
  }));
}

function dots(count: number, x: number, wide: number, height: number): Omit<Bar, 'isGiven'>[] {
  const pitch = Math.min(1.6 * wide, height / count);
  const size = Math.min(wide, pitch * 0.8);
  const top = (height - (pitch * (count - 1) + size)) / 2;
  const left = x + (wide - size) / 2;
  return Array.from({ length: count }, (_, i) => ({
    x: left,
    y: top + i * pitch,
    width: size,
    height: size,
    isDot: true,
  }));
}

/** How tall: rows of a picture, or units of a row of numbers, on a scale that shows both. */
function side({ shape }: Stroke): number {
  const tall = shape.length > 1 ? (shape.at(-2) ?? 1) : Math.sqrt(shape[0] ?? 1);
  return Math.sqrt(tall);
}

/** How wide: the more maps, the thicker. */
function thickness({ shape }: Stroke): number {
  return shape.length > 2 ? 1 + Math.log2(1 + (shape[0] ?? 1)) / 3 : 1;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
