/** A curve as points of a picture: at most one for each column of pixels, on a logarithmic height. */

import type { Curve } from './series';

export interface Span {
  low: number;
  high: number;
}

/** Least and greatest of some curves' values above zero; a decade where there is nothing. */
export function spanOf(curves: readonly { curve: Curve; smooth: boolean }[]): Span {
  let [low, high] = [Infinity, 0];
  for (const { curve, smooth } of curves)
    for (const value of smooth ? curve.smooth : curve.values)
      if (value > 0 && value < Infinity)
        [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (high === 0) return { low: 0.1, high: 1 };
  return low === high ? { low: low / 2, high: high * 2 } : { low, high };
}

/** The height of a value from 0 (lowest) to 1, on a logarithmic axis; what is zero lies at the bottom. */
export function heightOf(value: number, { low, high }: Span): number {
  const place = Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return Math.min(1, Math.max(0, place));
}

/** Points of a curve: `x` from a step, `y` from a value; of those in one column the last. */
export function trackOf(
  curve: Curve,
  smooth: boolean,
  x: (step: number) => number,
  y: (value: number) => number,
): [number, number][] {
  const values = smooth ? curve.smooth : curve.values;
  const points: [number, number][] = [];
  for (let i = 0; i < curve.length; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    const point: [number, number] = [x(curve.steps[i] ?? 0), y(value)];
    const last = points.at(-1);
    if (last && Math.floor(last[0]) === Math.floor(point[0])) points[points.length - 1] = point;
    else points.push(point);
  }
  return points;
}

/** Round numbers within a span on a logarithmic axis, at most so many: powers of ten, or 1, 2, 5 where these are few. */
export function decades(span: Span, most = 6): number[] {
  const whole = powers(span, most);
  if (whole.length > 2) return whole;
  const fine = powers({ low: span.low / 10, high: span.high }, most)
    .flatMap((power) => [power, 2 * power, 5 * power])
    .map((value) => Number(value.toPrecision(6)))
    .filter((value) => value >= span.low && value <= span.high);
  return fine.length <= most ? fine : whole;
}

function powers({ low, high }: Span, most: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  const found: number[] = [];
  for (let k = first; k <= last; k += every) found.push(10 ** k);
  return found;
}
