/** How the bytes of a picture become colours: signed scales keep zero in the middle of the map. */

import type { Frame, FrameArray } from '../wire/frame';
import { ends } from '../wire/frame';
import { table } from './colour';
import type { MapName } from './colour';
import type { Theme } from './cursor';
import type { Ground } from './portrait';

/** Levels from 0 to 255. */
export type Bytes = ArrayLike<number> & Iterable<number>;

/** One picture, ready to paint: a byte and a colour for each cell, and where its zero line is. */
export interface Cells {
  bytes: Bytes;
  rows: number;
  columns: number;
  colours: Uint32Array;
  /** Whether bytes below 128 stand for numbers below zero. */
  isSigned: boolean;
  /** What the line is traced in, if finer than the bytes. */
  fine?: ArrayLike<number>;
  /** The level of the line that is drawn over it; null: none. */
  level: number | null;
}

/** Portraits stay below the full colours, so that lines and points are seen on them. */
export const PORTRAIT = 0.8;

/** Colours for a scale: signed ones take both halves of the map, others the upper half alone. */
export function coloursFor(
  map: MapName,
  theme: Theme,
  lo: number,
  strength = PORTRAIT,
): Uint32Array {
  const whole = table(map, theme, strength);
  return lo < 0 || map === 'amount' ? whole : upperHalf(whole);
}

const halves = new WeakMap<Uint32Array, Uint32Array>();
const roots = new WeakMap<Uint32Array, Uint32Array>();

function upperHalf(whole: Uint32Array): Uint32Array {
  let half = halves.get(whole);
  if (!half) halves.set(whole, (half = whole.map((_, i) => whole[128 + (i >> 1)] ?? 0)));
  return half;
}

/** Colours by the square root of the amount, so that small gradients are seen beside great ones. */
export function rooted(whole: Uint32Array): Uint32Array {
  let root = roots.get(whole);
  if (!root) {
    root = whole.map((_, i) => {
      // 127 and 128 are zero from either side.
      const amount = Math.sqrt((i < 128 ? 127 - i : i - 128) / 127);
      return whole[i < 128 ? 127 - Math.round(127 * amount) : 128 + Math.round(127 * amount)] ?? 0;
    });
    roots.set(whole, root);
  }
  return root;
}

/** One unit of an array whose first axis counts units. */
export function unitOf(array: FrameArray, unit: number): FrameArray['values'] {
  const size = array.values.length / Math.max(1, array.shape[0] ?? 1);
  return array.values.subarray(unit * size, (unit + 1) * size);
}

/** Numbers as bytes on a scale from -reach to reach. */
export function toBytes(values: ArrayLike<number>, reach: number): Uint8Array {
  return Uint8Array.from(values, (value) => {
    const level = Math.round(127.5 + (127.5 * (Number.isFinite(value) ? value : 0)) / (reach || 1));
    const byte = Math.min(255, Math.max(0, level));
    return value < 0 ? Math.min(127, byte) : Math.max(128, byte);
  });
}

/** The greatest amount, whatever the sign; 1 where all is zero. */
export function reachOf(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > most && Number.isFinite(size)) most = size;
  }
  return most || 1;
}

/** Fields that stay this near to zero are coarse: their few bytes show in lines. */
export const COARSE = 48;

/** How far bytes of a signed scale go from zero: up to 127. */
export function amplitude(bytes: Bytes): number {
  let most = 0;
  for (const byte of bytes) {
    most = Math.max(most, byte < 128 ? 127 - byte : byte - 128);
  }
  return most;
}

/** Bytes of a signed scale, so that the farthest from zero is at its end; `least`: no picture is made of less. */
export function stretched(bytes: Bytes, least = 8): Uint8Array {
  const factor = 127 / Math.max(least, amplitude(bytes));
  return Uint8Array.from(bytes, (byte) =>
    byte < 128 ? 127 - (127 - byte) * factor : 128 + (byte - 128) * factor,
  );
}

/** Where the line of zero lies in bytes. What is never negative has its line where it begins to be more than zero. */
export function zeroLevel(bytes: Iterable<number>, lo: number): number {
  if (lo >= 0) return 127.5;
  for (const byte of bytes) if (byte < 128) return 127.5;
  return 128.5;
}

/** Bytes of any array, on the array's own scale, or on its numbers' if they travel as floats. */
export function bytesOf(array: FrameArray): { bytes: Bytes; lo: number } {
  if (array.dtype === 'uint8') return { bytes: array.values, lo: ends(array)[0] };
  const [lo, hi] = ends(array);
  return { bytes: toBytes(array.values, Math.max(Math.abs(lo), Math.abs(hi)) || 1), lo: -1 };
}

/** What the examples of a run lie on, by what `boundary` answers; while it has not, by the dataset's settings. */
export function groundOf(frame: Frame | null, error: string | null, dataset: object): Ground {
  const axes = frame?.arrays.find(({ name }) => name === 'field')?.axes;
  if (axes) return axes.length === 3 ? 'plane' : 'line';
  if (error !== null) return 'none';
  // Points that a person may edit lie somewhere; where they have features, that is the plane.
  if ('features' in dataset) return 'plane';
  return 'edits' in dataset ? 'line' : 'none';
}

/** The end of the one scale that all stages are drawn on; null if each has its own. */
export function commonScale(frame: Frame | null): number | null {
  const stages =
    frame?.arrays.filter(({ name, scale }) => name === 'field' && scale !== 'unit') ?? [];
  const reaches = stages.map((field) => (field.scale === 'fixed' ? ends(field)[1] : null));
  const [first = null] = reaches;
  return reaches.every((reach) => reach === first) ? first : null;
}

/** Bring a long row down to `most` numbers: the greatest amount of each stretch, its sign kept. */
export function binned(values: ArrayLike<number>, most: number): ArrayLike<number> {
  if (values.length <= most) return values;
  const out = new Float64Array(most);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((i * most) / values.length);
    const value = values[i] ?? 0;
    if (Math.abs(value) > Math.abs(out[bin] ?? 0)) out[bin] = value;
  }
  return out;
}
