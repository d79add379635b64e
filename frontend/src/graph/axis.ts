/** Axes: round ends, few ticks, and how these are written. */

import { sci2, setting } from './number';

export interface Axis {
  low: number;
  high: number;
  log: boolean;
  ticks: number[];
}

/** Ends for a logarithmic axis, on half decades so that they seldom move; values that are not positive do not count. */
export function logAxis(least: number, greatest: number): Axis {
  const high = Number.isFinite(greatest) && greatest > 0 ? greatest : 1;
  const low = Number.isFinite(least) && least > 0 ? Math.min(least, high) : high / 10;
  const from = Math.floor(Math.log10(low) * 2 - 0.1) / 2;
  const to = Math.max(from + 1, Math.ceil(Math.log10(high) * 2 + 0.1) / 2);
  return { low: 10 ** from, high: 10 ** to, log: true, ticks: decades(from, to) };
}

/** Ends for a linear axis from zero. */
export function linearAxis(greatest: number): Axis {
  const top = Number.isFinite(greatest) && greatest > 0 ? greatest : 1;
  const step = roundStep(top, 3);
  const ticks = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) =>
    Number((i * step).toPrecision(10)),
  );
  return { low: 0, high: top * 1.05, log: false, ticks };
}

/** Where a value is, from 0 at the low end to 1 at the high one. */
export function along(axis: Axis, value: number): number {
  const share = axis.log
    ? Math.log(Math.max(value, axis.low) / axis.low) / Math.log(axis.high / axis.low)
    : (value - axis.low) / (axis.high - axis.low);
  return Math.min(1, Math.max(0, share));
}

/** Whole, round numbers from 0 to `last`, about `count` of them. */
export function wholeTicks(last: number, count: number): number[] {
  const step = Math.max(1, roundStep(last, count));
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}

/** A round number at an axis: as it is written in a recipe, or as a power of ten where that is shorter. */
export function tickText(value: number): string {
  const isPlain = value === 0 || (value >= 0.001 && value < 1e5);
  return isPlain ? setting(value) : sci2(value).replace('1.0·', '').replace('.0·', '·');
}

function decades(from: number, to: number): number[] {
  const every = Math.max(1, Math.ceil((to - from) / 4));
  const first = Math.ceil(from);
  const count = Math.max(0, Math.floor((to - first) / every) + 1);
  return Array.from({ length: count }, (_, i) => 10 ** (first + i * every));
}

function roundStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const decade = 10 ** Math.floor(Math.log10(rough));
  return decade * ([1, 2, 5, 10].find((step) => step * decade >= rough) ?? 10);
}
