/** Marks of the clock: which diamonds have room, where a scrubbing hand comes to rest, how high the curves go. */

import type { Columns } from '../../run/columns';
import type { Curve } from '../../run/series';
import { xOf } from './plot';
import type { Frame } from './plot';

/** Up to this many parameters any step is recomputed at once; beyond it, hands come to rest at snapshots only. */
const LIGHT = 100_000;
const APART = 9;

/** Positions of snapshots, left to right, none on top of another. */
export function diamonds(snapshots: readonly number[], frame: Frame): number[] {
  const places: number[] = [];
  for (const step of snapshots) {
    const x = Math.round(xOf(frame, step));
    if (x - (places.at(-1) ?? -APART) >= APART) places.push(x);
  }
  return places;
}

/** Where scrubbing stops: at a snapshot if one is under the hand, or if all else would be slow. */
export function snapped(
  step: number,
  snapshots: readonly number[],
  parameters: number,
  near: (step: number) => boolean,
): number {
  const nearest = snapshots.reduce(
    (a, b) => (Math.abs(b - step) < Math.abs(a - step) ? b : a),
    snapshots[0] ?? step,
  );
  return near(nearest) || parameters > LIGHT ? nearest : step;
}

/** The least and greatest positive value to be shown; the least is that of the smooth curves. */
export function extent(
  columns: Columns | null,
  validation: Curve | undefined,
): { least: number; greatest: number } {
  let [least, greatest] = [Infinity, -Infinity];
  const take = (low: number, high: number): void => {
    if (low > 0 && Number.isFinite(low)) least = Math.min(least, low);
    if (Number.isFinite(high)) greatest = Math.max(greatest, high);
  };
  columns?.smooth.forEach((low, i) => {
    take(low, columns.high[i] ?? NaN);
  });
  validation?.values.forEach((value) => {
    take(value, value);
  });
  return { least, greatest };
}
