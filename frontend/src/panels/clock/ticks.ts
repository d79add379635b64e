/** Marks of the clock: which diamonds have room, where a scrubbing hand comes to rest, how high the curves go. */

import type { Columns } from '../../run/columns';
import type { Curve } from '../../run/series';
import { xOf } from './plot';
import type { Frame } from './plot';

/** Up to this many parameters any step is recomputed at once; beyond it, hands come to rest at snapshots only. */
const LIGHT = 100_000;
const APART = 9;

/** Where snapshots are taken, counted from the first step: densely early on, then evenly. */
export const EARLY = [4, 8, 16, 24, 32, 48, 64, 96, 128] as const;
export const SPACING = 32;

/** Steps of which a snapshot was once kept, but is no longer. */
export function pruned(snapshots: readonly number[], head: number): number[] {
  const first = snapshots[0] ?? 0;
  const even = Array.from(
    { length: Math.floor((head - first) / SPACING) },
    (_, i) => (i + 1) * SPACING,
  );
  const planned = [...new Set([...EARLY, ...even])].map((since) => first + since);
  const kept = new Set(snapshots);
  return planned.filter((step) => step <= head && !kept.has(step)).sort((a, b) => a - b);
}

/** A mark of a step on the axis. */
export interface Diamond {
  x: number;
  kept: boolean;
}

/** Positions of snapshots, left to right, none on top of another; those no longer kept where there is room left. */
export function diamonds(
  snapshots: readonly number[],
  gone: readonly number[],
  frame: Frame,
): Diamond[] {
  const placed: Diamond[] = [];
  for (const [steps, kept] of [
    [snapshots, true],
    [gone, false],
  ] as const) {
    for (const step of steps) {
      const x = Math.round(xOf(frame, step));
      if (placed.every((other) => Math.abs(other.x - x) >= APART)) placed.push({ x, kept });
    }
  }
  return placed.sort((a, b) => a.x - b.x);
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
