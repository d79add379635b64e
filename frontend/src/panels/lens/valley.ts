/** Curves of the loss with examples riding on them, and the tangent at the pinned one. */

import { classInk } from '../../graph/classes';
import type { Frame, FrameArray } from '../../wire/frame';
import { dot, ring, scale, stroke, tickText, ticksOf, write } from './draw';
import type { Scale, Sheet } from './draw';

const LEFT = 44;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 20;

/** What an example is to be: a class, or a number. */
export interface Wanted {
  label: number | null;
  target: number | null;
}

interface Parts {
  along: FrameArray;
  heights: FrameArray;
  outputs: FrameArray;
  costs: FrameArray;
}

/** Draw the frame of the probe `loss`; `wanted` are the training examples in its order. */
export function drawLoss(
  sheet: Sheet,
  frame: Frame,
  wanted: readonly Wanted[],
  classes: number,
  axis: string,
): void {
  const parts = partsOf(frame);
  if (!parts) return;
  const { context, width, height } = sheet;
  const pinned = pinnedIn(frame);
  const [low = 0] = parts.along.values;
  const high = parts.along.values.at(-1) ?? 1;
  const top = ceiling(parts.heights, parts.costs, pinned.loss);
  const x = scale(low, high, LEFT, width - RIGHT);
  const y = scale(0, top, height - BOTTOM, TOP);
  axes(sheet, x, y, [low, high], top);
  write(sheet, axis, width - RIGHT, height - 8, { align: 'right' });
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT - RIGHT, height - BOTTOM + 6);
  context.clip();
  curves(sheet, parts, x, y);
  ride(sheet, parts, wanted, classes, x, y);
  const reach = (high - low) / 9;
  const at = (t: number): number[] => [x(pinned.output + t), y(pinned.loss + pinned.slope * t)];
  stroke(sheet, [...at(-reach), ...at(reach)], sheet.inks.ink, 1.5, [4, 3]);
  ring(sheet, x(pinned.output), y(pinned.loss), 6);
  context.restore();
}

function partsOf(frame: Frame): Parts | null {
  const [along, heights, outputs, costs] = ['y', 'loss', 'output', 'cost'].map((name) =>
    frame.array(name),
  );
  return along && heights && outputs && costs ? { along, heights, outputs, costs } : null;
}

/** The pinned example's place: its output, its loss, and the slope there. */
export function pinnedIn(frame: Frame | null): { output: number; loss: number; slope: number } {
  const read = (name: string): number => Number(frame?.details[name] ?? NaN);
  return { output: read('output'), loss: read('loss'), slope: read('slope') };
}

function axes(sheet: Sheet, x: Scale, y: Scale, [low, high]: [number, number], top: number): void {
  const { width, height, inks } = sheet;
  for (const value of ticksOf(0, top, 3)) {
    stroke(sheet, [LEFT, y(value), width - RIGHT, y(value)], value ? inks.faint : inks.line, 1);
    write(sheet, tickText(value), LEFT - 8, y(value), { align: 'right' });
  }
  for (const value of ticksOf(low, high, width / 80)) {
    if (x(value) < width - 60)
      write(sheet, tickText(value), x(value), height - 8, { align: 'center' });
  }
}

function ride(
  sheet: Sheet,
  { heights, outputs, costs }: Parts,
  wanted: readonly Wanted[],
  classes: number,
  x: Scale,
  y: Scale,
): void {
  const radius = classes > 2 || heights.shape[0] === 1 ? 2.6 : 3.2;
  outputs.values.forEach((output, i) => {
    const { label = null, target = null } = wanted[i] ?? {};
    const point = { id: i, x: 0, y: 0, label, target, heldOut: false, wrong: false };
    dot(sheet, x(output), y(costs.values[i] ?? 0), point, classes, radius);
  });
}

function curves(sheet: Sheet, { along, heights }: Parts, x: Scale, y: Scale): void {
  const [count = 1, length = 1] = heights.shape;
  for (let k = 0; k < count; k++) {
    const places: number[] = [];
    for (let i = 0; i < length; i++) {
      places.push(x(along.values[i] ?? 0), y(heights.values[k * length + i] ?? 0));
    }
    const colour = count === 2 ? sheet.inks.named(classInk(k, 2)) : sheet.inks.ink;
    stroke(sheet, places, colour, 2);
  }
}

/** High enough for the examples, and for something of the curves; steep ends may leave the picture. */
function ceiling(heights: FrameArray, costs: FrameArray, pinned: number): number {
  const finite = (values: Iterable<number>): number[] => [...values].filter(Number.isFinite);
  const most = Math.max(0, ...finite(costs.values), Number.isFinite(pinned) ? pinned : 0);
  const curve = Math.max(0, ...finite(heights.values));
  return 1.12 * Math.max(most, Math.min(curve, Math.max(0.35 * curve, 1.5 * most))) || 1;
}
