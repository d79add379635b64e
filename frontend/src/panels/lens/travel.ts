/** Weights over time: a line for each, named at its end; the weakest travellers of many stay unnamed and pale. */

import { reachOf } from '../../graph/look';
import type { Frame, FrameArray } from '../../wire/frame';
import type { Inks } from '../network/inks';
import { apart, scale, stroke, tickText, ticksOf, write } from './draw';
import type { Scale, Sheet } from './draw';

const LEFT = 44;
const RIGHT = 104;
const TOP = 8;
const BOTTOM = 18;
/** Lines that are named. */
const NAMED = 8;
/** How much ink the others share. */
const PALE = 16;

export interface Journey {
  /** What each weight comes from. */
  names: readonly string[];
  bias: string;
  /** The newest step that was taken, and the one that is shown. */
  head: number;
  shown: number;
}

interface Line {
  name: string;
  values: number[];
  isBias: boolean;
}

/** Draw the frame of the probe `history`. */
export function drawTravel(sheet: Sheet, frame: Frame, journey: Journey): void {
  const steps = frame.array('step')?.values;
  const weights = frame.array('weight');
  if (!steps || !weights) return;
  const lines = linesOf(weights, frame.array('bias'), journey);
  const { width, height, inks } = sheet;
  const reach = reachOf(lines.flatMap(({ values }) => values));
  const x = scale(0, Math.max(1, journey.head), LEFT, width - RIGHT);
  const y = scale(-reach, reach, height - BOTTOM, TOP);
  axes(sheet, x, y, reach, journey.head);
  const named = farthest(lines);
  for (const line of lines) {
    const places = line.values.flatMap((value, i) => [x(steps[i] ?? 0), y(value)]);
    sheet.context.globalAlpha = named.includes(line) ? 1 : Math.min(0.25, PALE / lines.length);
    stroke(sheet, places, colourOf(line, inks), line.isBias ? 1.5 : 2, line.isBias ? [3, 3] : []);
  }
  sheet.context.globalAlpha = 1;
  label(sheet, named, x(steps.at(-1) ?? 0), y);
  stroke(sheet, [x(journey.shown), TOP - 4, x(journey.shown), height - BOTTOM], inks.ink, 1.5);
}

function axes(sheet: Sheet, x: Scale, y: Scale, reach: number, head: number): void {
  const { width, height, inks } = sheet;
  stroke(sheet, [LEFT, y(0), width - RIGHT, y(0)], inks.line, 1);
  for (const value of ticksOf(-reach, reach, 4)) {
    write(sheet, tickText(value), LEFT - 8, y(value), { align: 'right' });
  }
  for (const value of ticksOf(0, head, width / 110)) {
    write(sheet, tickText(value), x(value), height - 6, { align: 'center' });
  }
}

function colourOf({ isBias, values }: Line, inks: Inks): string {
  if (isBias) return inks.ink3;
  return (values.at(-1) ?? 0) < 0 ? inks.negative : inks.positive;
}

function linesOf(
  weights: FrameArray,
  bias: FrameArray | undefined,
  { names, bias: word }: Journey,
): Line[] {
  const [count = 0, inputs = 0] = weights.shape;
  const lines = Array.from({ length: inputs }, (_, input): Line => ({
    name: names[input] ?? '',
    values: Array.from({ length: count }, (_, i) => weights.values[i * inputs + input] ?? 0),
    isBias: false,
  }));
  return bias ? [...lines, { name: word, values: Array.from(bias.values), isBias: true }] : lines;
}

function farthest(lines: readonly Line[]): Line[] {
  const way = ({ values }: Line): number => Math.abs((values.at(-1) ?? 0) - (values[0] ?? 0));
  return [...lines].sort((a, b) => way(b) - way(a)).slice(0, NAMED);
}

function label(sheet: Sheet, lines: readonly Line[], end: number, y: Scale): void {
  const { height, inks } = sheet;
  const ends = lines.map(({ values }) => y(values.at(-1) ?? 0));
  const heights = apart(ends, sheet.label + 3, height - BOTTOM - 2);
  lines.forEach(({ name }, i) => {
    const at = heights[i] ?? 0;
    stroke(sheet, [end + 3, ends[i] ?? 0, end + 9, at], inks.line, 1);
    write(sheet, name, end + 12, at, { colour: inks.ink2 });
  });
}
