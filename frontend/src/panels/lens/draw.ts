/** Lines, dots and words on a canvas, for the pictures of the lens. */

import { pointInk } from '../../graph/classes';
import type { Point } from '../../graph/plane';
import type { Inks } from '../network/inks';

/** Something to draw on, in pixels of the page. */
export interface Sheet {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  inks: Inks;
  /** Size of the smallest letters. */
  label: number;
}

/** Numbers to pixels. */
export type Scale = (value: number) => number;

/** Lay the numbers from `low` to `high` over the pixels from `from` to `to`. */
export function scale(low: number, high: number, from: number, to: number): Scale {
  const width = high - low || 1;
  return (value) => from + ((value - low) / width) * (to - from);
}

/** Connect points given as x, y, x, y, ... */
export function stroke(
  sheet: Sheet,
  points: ArrayLike<number>,
  colour: string,
  width: number,
  dash: number[] = [],
): void {
  const { context } = sheet;
  context.beginPath();
  for (let i = 0; i + 1 < points.length; i += 2) context.lineTo(points[i] ?? 0, points[i + 1] ?? 0);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.lineCap = dash.length ? 'butt' : 'round';
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/** A point of the data: filled if it trains, hollow if it was held out. */
export function dot(
  sheet: Sheet,
  x: number,
  y: number,
  point: Point,
  classes: number,
  radius: number,
): void {
  const { context, inks } = sheet;
  const colour = inks.named(pointInk(point, classes));
  context.beginPath();
  context.arc(x, y, point.heldOut ? radius - 0.4 : radius, 0, 2 * Math.PI);
  context.fillStyle = point.heldOut ? inks.surface : colour;
  context.fill();
  context.strokeStyle = point.heldOut ? colour : inks.surface;
  context.lineWidth = point.heldOut ? 1.3 : 0.7;
  context.stroke();
}

/** Around the pinned example. */
export function ring(sheet: Sheet, x: number, y: number, radius: number): void {
  const { context, inks } = sheet;
  for (const [colour, width] of [
    [inks.surface, 4.5],
    [inks.ink, 2],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

export interface Writing {
  colour?: string;
  align?: CanvasTextAlign;
  weight?: 400 | 500 | 600;
}

/** Write a word; `y` is its middle. A halo of the surface keeps it readable on lines. */
export function write(sheet: Sheet, text: string, x: number, y: number, how: Writing = {}): void {
  const { context, inks, label } = sheet;
  context.font = `${how.weight ?? 400} ${label}px Inter, system-ui, sans-serif`;
  context.textAlign = how.align ?? 'left';
  context.textBaseline = 'middle';
  context.strokeStyle = inks.surface;
  context.lineWidth = 3;
  context.lineJoin = 'round';
  context.strokeText(text, x, y);
  context.fillStyle = how.colour ?? inks.ink3;
  context.fillText(text, x, y);
}

/** Round numbers between two ends, about `most` of them. */
export function ticksOf(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((each) => each * decade >= rough) ?? 10);
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}

/** A tick as short as it is. */
export function tickText(value: number): string {
  const text = String(Number(Math.abs(value).toPrecision(4)));
  return value < 0 ? `−${text}` : text;
}

/** Move labels apart that stand at heights, in order, inside of low and high. */
export function apart(heights: readonly number[], least: number, high: number): number[] {
  const order = heights.map((height, i) => ({ height, i })).sort((a, b) => a.height - b.height);
  for (const [k, each] of order.entries()) {
    const before = order[k - 1];
    if (before) each.height = Math.max(each.height, before.height + least);
  }
  let limit = high;
  for (const each of order.toReversed()) {
    each.height = Math.min(each.height, limit);
    limit = each.height - least;
  }
  const found = Array.from(heights);
  for (const { height, i } of order) found[i] = height;
  return found;
}
