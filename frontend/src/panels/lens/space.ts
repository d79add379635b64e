/** Examples and the grid of the plane, where they lie in a hidden space. */

import type { Point } from '../../graph/plane';
import type { FrameArray } from '../../wire/frame';
import { dot, ring, scale, stroke } from './draw';
import type { Scale, Sheet } from './draw';

export interface Population {
  points: readonly Point[];
  classes: number;
  pinned: number | null;
}

export interface Space {
  position: FrameArray | undefined;
  grid: FrameArray | undefined;
  /** Whether the answer changes where the first axis is zero. */
  line: boolean;
}

const MARGIN = 9;
const SPAN = 3;
const LINES = 13;

/** The plane before anything bends it. */
export function drawPlane(sheet: Sheet, population: Population): void {
  begin(sheet);
  const side = Math.min(sheet.width, sheet.height);
  const x = scale(-SPAN, SPAN, (sheet.width - side) / 2 + 4, (sheet.width + side) / 2 - 4);
  const y = scale(-SPAN, SPAN, (sheet.height + side) / 2 - 4, (sheet.height - side) / 2 + 4);
  for (let i = 0; i < LINES; i++) {
    const at = -SPAN + (2 * SPAN * i) / (LINES - 1);
    stroke(sheet, [x(at), y(-SPAN), x(at), y(SPAN)], sheet.inks.faint, 0.8);
    stroke(sheet, [x(-SPAN), y(at), x(SPAN), y(at)], sheet.inks.faint, 0.8);
  }
  const places = population.points.map((point): [number, number] => [x(point.x), y(point.y)]);
  dots(sheet, population, places);
}

/** A hidden space: two of its axes, fitted to where the examples are. */
export function drawSpace(
  sheet: Sheet,
  population: Population,
  { position, grid, line }: Space,
): void {
  begin(sheet);
  const values = position?.values;
  if (values?.length !== 2 * population.points.length) return;
  const x = fitted(values, 0, MARGIN, sheet.width - MARGIN);
  const y = fitted(values, 1, sheet.height - MARGIN, MARGIN);
  if (grid) lines(sheet, grid, x, y);
  if (line && x(0) > 2 && x(0) < sheet.width - 2) {
    stroke(sheet, [x(0), 0, x(0), sheet.height], sheet.inks.ink, 2);
  }
  const places = population.points.map((_, i): [number, number] => [
    x(values[2 * i] ?? 0),
    y(values[2 * i + 1] ?? 0),
  ]);
  dots(sheet, population, places);
}

function begin({ context, width, height, inks }: Sheet): void {
  context.beginPath();
  context.roundRect(0, 0, width, height, 4);
  context.fillStyle = inks.paper;
  context.fill();
  context.clip();
  context.beginPath();
  context.roundRect(0.5, 0.5, width - 1, height - 1, 4);
  context.strokeStyle = inks.faint;
  context.lineWidth = 1;
  context.stroke();
}

function fitted(values: ArrayLike<number>, axis: 0 | 1, from: number, to: number): Scale {
  let [low, high] = [Infinity, -Infinity];
  for (let i = axis; i < values.length; i += 2) {
    const value = values[i] ?? NaN;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low))
    [low, high] = [(Number.isFinite(low) ? low : 0) - 1, (Number.isFinite(low) ? low : 0) + 1];
  return scale(low, high, from, to);
}

function lines(sheet: Sheet, grid: FrameArray, x: Scale, y: Scale): void {
  const [count = 0, length = 0] = grid.shape;
  for (let line = 0; line < count; line++) {
    const places: number[] = [];
    for (let i = line * length; i < (line + 1) * length; i++) {
      places.push(x(grid.values[2 * i] ?? 0), y(grid.values[2 * i + 1] ?? 0));
    }
    stroke(sheet, places, sheet.inks.line, 0.8);
  }
}

function dots(
  sheet: Sheet,
  { points, classes, pinned }: Population,
  places: readonly [number, number][],
): void {
  const radius = points.length > 600 ? 1.6 : 2.3;
  points.forEach((point, i) => {
    const [x, y] = places[i] ?? [0, 0];
    dot(sheet, x, y, point, classes, radius);
  });
  const [x, y] = places[points.findIndex(({ id }) => id === pinned)] ?? [];
  if (x !== undefined && y !== undefined) ring(sheet, x, y, 5.5);
}
