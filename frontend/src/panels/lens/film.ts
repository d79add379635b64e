/** Filters over time, out of a frame of the probe `history`. */

import type { Frame } from '../../wire/frame';
import type { Tile } from './maps';

export interface Film {
  /** Maps that are looked at, counted from 0: those whose filters are strongest now, in order. */
  channels: number[];
  columns: { step: number; tiles: Tile[] }[];
}

/** Choose at most so many steps, lying evenly, the first and the last among them, and so many channels. */
export function filmOf(frame: Frame, most: number, channels: number): Film {
  const steps = Array.from(frame.array('step')?.values ?? []);
  const weights = frame.array('weight');
  const known = (frame.details['channels'] ?? []) as number[];
  const [rows = 1, columns = 1] = (frame.details['window'] ?? []) as number[];
  const size = rows * columns;
  const row = known.length * size;
  const cut = (at: number, channel: number): Tile => ({
    values:
      weights?.values.subarray(at * row + channel * size, at * row + (channel + 1) * size) ?? [],
    rows,
    columns,
  });
  const last = steps.length - 1;
  const strength = (channel: number): number =>
    Array.from(cut(last, channel).values).reduce((all, value) => all + value * value, 0);
  const shown = known
    .map((_, index) => index)
    .sort((a, b) => strength(b) - strength(a))
    .slice(0, channels)
    .sort((a, b) => a - b);
  const count = Math.min(most, steps.length);
  const places = Array.from({ length: count }, (_, i) =>
    count > 1 ? Math.round((i * last) / (count - 1)) : last,
  );
  return {
    channels: shown.map((index) => known[index] ?? 0),
    columns: places.map((at) => ({
      step: steps[at] ?? 0,
      tiles: shown.map((channel) => cut(at, channel)),
    })),
  };
}
