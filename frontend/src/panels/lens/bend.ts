/** The curve of an activation with examples riding on it, and how often each sum occurs. */

import type { Frame, FrameArray } from '../../wire/frame';
import { dot, ring, scale, stroke, tickText, ticksOf, write } from './draw';
import type { Scale, Sheet } from './draw';
import type { Population } from './space';

const LEFT = 40;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 20;
/** Below this share of the greatest slope a curve is called flat. */
const FLAT = 0.05;
const BINS = 48;
const BARS = 26;

/** Draw the frame of the probe `unit`. */
export function drawActivation(sheet: Sheet, frame: Frame, population: Population): void {
  const [xs, ys, sums, outputs] = ['curve_x', 'curve_y', 'sum', 'output'].map((name) =>
    frame.array(name),
  );
  if (!xs || !ys || !sums || !outputs) return;
  const { width, height } = sheet;
  const x = scale(first(xs), last(xs), LEFT, width - RIGHT);
  const [low, high] = extent(ys);
  const y = scale(low, high, height - BOTTOM - 8, TOP);
  shadeFlat(sheet, xs, ys, x);
  axes(sheet, x, y, [first(xs), last(xs)], [low, high]);
  histogram(sheet, sums, population, x);
  stroke(sheet, pairs(xs, ys, x, y), sheet.inks.ink, 2);
  ride(sheet, sums, outputs, population, x, y);
  tangent(sheet, { xs, ys, sums, outputs }, population, x, y);
}

interface Curves {
  xs: FrameArray;
  ys: FrameArray;
  sums: FrameArray;
  outputs: FrameArray;
}

function shadeFlat(sheet: Sheet, xs: FrameArray, ys: FrameArray, x: Scale): void {
  const slopes = slopesOf(xs, ys);
  const limit = FLAT * Math.max(...slopes.map(Math.abs));
  if (!(limit > 0)) return;
  sheet.context.fillStyle = sheet.inks.sunk;
  slopes.forEach((slope, i) => {
    if (Math.abs(slope) >= limit) return;
    const [from, to] = [x(xs.values[i] ?? 0), x(xs.values[i + 1] ?? 0)];
    sheet.context.fillRect(from, TOP - 4, to - from + 0.6, sheet.height - BOTTOM - TOP + 4);
  });
}

function slopesOf(xs: FrameArray, ys: FrameArray): number[] {
  return Array.from({ length: xs.values.length - 1 }, (_, i) => {
    const [a = 0, b = 0] = [ys.values[i], ys.values[i + 1]];
    return (b - a) / ((xs.values[i + 1] ?? 0) - (xs.values[i] ?? 0) || 1);
  });
}

function axes(
  sheet: Sheet,
  x: Scale,
  y: Scale,
  across: [number, number],
  up: [number, number],
): void {
  const { inks, width, height } = sheet;
  const [bottom, right] = [height - BOTTOM, width - RIGHT];
  stroke(sheet, [LEFT, y(0), right, y(0)], inks.line, 1);
  stroke(sheet, [x(0), TOP - 4, x(0), bottom], inks.line, 1);
  for (const value of ticksOf(...up, 3)) {
    write(sheet, tickText(value), LEFT - 8, y(value), { align: 'right' });
  }
  for (const value of ticksOf(...across, width / 70)) {
    write(sheet, tickText(value), x(value), height - 8, { align: 'center' });
  }
}

/** How often each sum occurs among the training examples, as bars from below. */
function histogram(sheet: Sheet, sums: FrameArray, { points }: Population, x: Scale): void {
  const { context, inks, width, height } = sheet;
  const counts = new Float64Array(BINS);
  const span = width - RIGHT - LEFT;
  points.forEach((point, i) => {
    const bin = Math.floor(((x(sums.values[i] ?? NaN) - LEFT) / span) * BINS);
    if (!point.heldOut && bin >= 0 && bin < BINS) counts[bin] = (counts[bin] ?? 0) + 1;
  });
  const most = Math.max(1, ...counts);
  context.fillStyle = inks.line;
  counts.forEach((count, i) => {
    const bar = (count / most) * BARS;
    context.fillRect(LEFT + (i / BINS) * span, height - BOTTOM - bar, span / BINS - 1, bar);
  });
}

function ride(
  sheet: Sheet,
  sums: FrameArray,
  outputs: FrameArray,
  { points, classes }: Population,
  x: Scale,
  y: Scale,
): void {
  points.forEach((point, i) => {
    if (point.heldOut) return;
    dot(sheet, x(sums.values[i] ?? 0), y(outputs.values[i] ?? 0), point, classes, 3.6);
  });
}

/** The slope at the pinned example: how much of a gradient comes through here. */
function tangent(
  sheet: Sheet,
  { xs, ys, sums, outputs }: Curves,
  population: Population,
  x: Scale,
  y: Scale,
): void {
  const row = population.points.findIndex(({ id }) => id === population.pinned);
  const [sum, output] = [sums.values[row], outputs.values[row]];
  if (sum === undefined || output === undefined) return;
  const step = (last(xs) - first(xs)) / (xs.values.length - 1) || 1;
  const i = Math.min(xs.values.length - 2, Math.max(0, Math.floor((sum - first(xs)) / step)));
  const slope = slopesOf(xs, ys)[i] ?? 0;
  const reach = (last(xs) - first(xs)) / 9;
  const at = (t: number): number[] => [x(sum + t), y(output + slope * t)];
  stroke(sheet, [...at(-reach), ...at(reach)], sheet.inks.ink2, 1.5, [4, 3]);
  const point = population.points[row];
  if (point) dot(sheet, x(sum), y(output), point, population.classes, 4.2);
  ring(sheet, x(sum), y(output), 6.5);
}

function pairs(xs: FrameArray, ys: FrameArray, x: Scale, y: Scale): number[] {
  return Array.from(xs.values).flatMap((value, i) => [x(value), y(ys.values[i] ?? 0)]);
}

function extent(array: FrameArray): [number, number] {
  let [low, high] = [0, 0];
  for (const value of array.values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // A little more, so that bounds like ±1, which a curve only nears, are written beside it.
  return high > low ? [low * 1.04, high * 1.04] : [-1, 1];
}

function first(array: FrameArray): number {
  return array.values[0] ?? 0;
}

function last(array: FrameArray): number {
  return array.values.at(-1) ?? 1;
}
