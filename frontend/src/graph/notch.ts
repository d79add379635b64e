/** Moving a setting by notches: 1, 2, 5, 10 … where its size counts in ratios, even steps elsewhere. */

export interface Range {
  low: number;
  high: number;
  /** Whether the ends themselves are not allowed. */
  aboveLow?: boolean;
  belowHigh?: boolean;
}

export type Scale = 'ratio' | 'double' | 'even' | 'whole';

const LADDER = [1, 2, 5, 10] as const;

/** The next value in a direction, inside the range. */
export function notch(value: number, direction: 1 | -1, scale: Scale, range: Range): number {
  const next = {
    ratio: () => onLadder(value, direction),
    double: () => Math.max(1, direction > 0 ? value * 2 : Math.round(value / 2)),
    even: () => rounded(value + direction * evenStep(range)),
    whole: () => Math.round(value) + direction,
  }[scale]();
  return allowed(next, range) ? next : value;
}

/** Whether a value lies in a range. */
export function allowed(value: number, { low, high, aboveLow, belowHigh }: Range): boolean {
  return (aboveLow ? value > low : value >= low) && (belowHigh ? value < high : value <= high);
}

/** The nearest allowed value; null if even that is not certain (an open end). */
export function clamped(value: number, range: Range): number | null {
  const near = Math.min(range.high, Math.max(range.low, value));
  return allowed(near, range) ? near : null;
}

function onLadder(value: number, direction: 1 | -1): number {
  if (value <= 0) return direction > 0 ? 1e-4 : 0;
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const digit = value / decade;
  const tiny = 1e-6;
  if (direction > 0) return rounded(decade * (LADDER.find((step) => step > digit + tiny) ?? 10));
  const lower = LADDER.findLast((step) => step < digit - tiny);
  return rounded(lower === undefined ? decade / 2 : decade * lower);
}

/** A twentieth of the range, as a round number. */
function evenStep({ low, high }: Range): number {
  const rough = (high - low) / 20;
  const decade = 10 ** Math.floor(Math.log10(rough));
  return decade * (LADDER.findLast((step) => step <= rough / decade + 1e-9) ?? 1);
}

function rounded(value: number): number {
  return Number(value.toPrecision(10));
}
