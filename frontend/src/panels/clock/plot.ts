/** Drawing the loss on a canvas: raw, smoothed, held-out, and what is not yet run. */

import { along } from '../../graph/axis';
import type { Axis } from '../../graph/axis';
import type { Columns } from '../../run/columns';
import type { Curve } from '../../run/series';

/** Where the plot is on its canvas, in pixels of the style sheet. */
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** The step at its right end. */
  last: number;
}

export interface Inks {
  ink: string;
  line: string;
  faint: string;
}

export interface Plot {
  frame: Frame;
  axis: Axis;
  inks: Inks;
  raw: Columns | null;
  validation: Curve | null;
  ghost: Columns | null;
  /** The newest step; behind it is hatched. */
  head: number;
}

export function xOf(frame: Frame, step: number): number {
  return frame.left + (step / frame.last) * (frame.right - frame.left);
}

export function yOf(frame: Frame, axis: Axis, value: number): number {
  return frame.bottom - along(axis, value) * (frame.bottom - frame.top);
}

export function stepAt(frame: Frame, x: number): number {
  const share = (x - frame.left) / (frame.right - frame.left);
  return Math.round(Math.min(1, Math.max(0, share)) * frame.last);
}

/** Draw everything but words and handles. */
export function draw(context: CanvasRenderingContext2D, plot: Plot): void {
  const { frame, axis, inks, head } = plot;
  context.lineJoin = 'round';
  grid(context, frame, axis, inks);
  if (head < frame.last) hatch(context, frame, inks, head);
  if (plot.ghost)
    line(context, inks.faint, 1.5, [4, 3], () => {
      trace(context, plot, plot.ghost?.smooth);
    });
  if (plot.raw) {
    context.globalAlpha = 0.22;
    line(context, inks.ink, 1, [], () => {
      band(context, plot, plot.raw);
    });
    context.globalAlpha = 1;
    line(context, inks.ink, 2, [], () => {
      trace(context, plot, plot.raw?.smooth);
    });
  }
  context.lineCap = 'round';
  if (plot.validation)
    line(context, inks.ink, 2, [1, 4], () => {
      points(context, plot, plot.validation);
    });
  context.lineCap = 'butt';
}

function grid(context: CanvasRenderingContext2D, frame: Frame, axis: Axis, inks: Inks): void {
  line(context, inks.line, 1, [], () => {
    for (const tick of axis.ticks) {
      const y = Math.round(yOf(frame, axis, tick)) + 0.5;
      context.moveTo(frame.left, y);
      context.lineTo(frame.right, y);
    }
  });
  line(context, inks.faint, 1, [], () => {
    const y = Math.round(frame.bottom) + 0.5;
    context.moveTo(frame.left, y);
    context.lineTo(frame.right, y);
  });
}

function hatch(context: CanvasRenderingContext2D, frame: Frame, inks: Inks, head: number): void {
  const left = xOf(frame, head);
  const height = frame.bottom - frame.top + 6;
  context.save();
  context.beginPath();
  context.rect(left, frame.top - 6, frame.right - left, height);
  context.clip();
  line(context, inks.line, 1.5, [], () => {
    // From the frame's own corner, so that stripes stand still while the head moves over them.
    for (let x = frame.left - height; x < frame.right; x += 8) {
      context.moveTo(x, frame.bottom);
      context.lineTo(x + height, frame.bottom - height);
    }
  });
  context.restore();
}

function line(
  context: CanvasRenderingContext2D,
  colour: string,
  width: number,
  dash: number[],
  path: () => void,
): void {
  context.beginPath();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  path();
  context.stroke();
}

/** Through the least and greatest value of every column. */
function band(
  context: CanvasRenderingContext2D,
  { frame, axis }: Plot,
  columns: Columns | null,
): void {
  if (!columns) return;
  const width = columns.low.length;
  for (let i = 0; i < columns.filled; i++) {
    const [low = NaN, high = NaN] = [columns.low[i], columns.high[i]];
    if (Number.isNaN(low)) continue;
    const x = frame.left + (i / (width - 1)) * (frame.right - frame.left);
    context.lineTo(x, yOf(frame, axis, low));
    if (high !== low) context.lineTo(x, yOf(frame, axis, high));
  }
}

function trace(
  context: CanvasRenderingContext2D,
  { frame, axis }: Plot,
  values: Float64Array | undefined,
): void {
  if (!values) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (Number.isNaN(value)) continue;
    const x = frame.left + (i / (values.length - 1)) * (frame.right - frame.left);
    context.lineTo(x, yOf(frame, axis, value));
  }
}

function points(
  context: CanvasRenderingContext2D,
  { frame, axis }: Plot,
  curve: Curve | null,
): void {
  if (!curve) return;
  // Of points that fall into one pixel, one is enough.
  let before = -1;
  for (let i = 0; i < curve.length; i++) {
    const x = xOf(frame, curve.steps[i] ?? 0);
    if (x - before < 0.5 && i < curve.length - 1) continue;
    before = x;
    context.lineTo(x, yOf(frame, axis, curve.values[i] ?? NaN));
  }
}
