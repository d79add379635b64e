/** Pictures of units in the lens: fields over the plane or the line, and where the pinned example lies on them. */

import type { Theme } from '../../graph/cursor';
import { COARSE, amplitude, coloursFor, stretched, unitOf, zeroLevel } from '../../graph/look';
import { smooth } from '../../graph/smooth';
import type { Ground } from '../../graph/portrait';
import type { Frame, FrameArray } from '../../wire/frame';
import { ends } from '../../wire/frame';
import { heightsOf } from '../network/pictures';
import type { Picture } from '../network/pictures';

/** Half of the width of the plane. */
const SPAN = 3;

/** One unit of an array of the probe `boundary`; null as long as it is not there. */
export function fieldOf(
  frame: Frame | null,
  name: 'field' | 'sum',
  node: string,
  unit: number,
  theme: Theme,
): Picture {
  const array = frame?.array(name, node);
  if (!array || unit >= (array.shape[0] ?? 0)) return null;
  return array.shape.length === 3 ? plane(array, unit, theme, name === 'sum') : line(array, unit);
}

/** Sums are stretched to the full colours; outputs keep the scale of their stage. */
function plane(array: FrameArray, unit: number, theme: Theme, isSum: boolean): Picture {
  const [, rows = 1, columns = 1] = array.shape;
  const raw = unitOf(array, unit);
  const [lo] = ends(array, unit * rows * columns);
  const cells = {
    rows,
    columns,
    colours: coloursFor('forward', theme, lo),
    level: zeroLevel(raw, lo),
    isSigned: lo < 0,
  };
  if (!isSum || lo >= 0) return { cells: { ...cells, bytes: raw }, arrow: null };
  const fine = amplitude(raw) < COARSE ? smooth(raw, columns, rows) : raw;
  return { cells: { ...cells, bytes: stretched(raw), fine }, arrow: null };
}

function line(array: FrameArray, unit: number): Picture {
  return { curve: { heights: heightsOf(array, unit), map: 'forward' } };
}

/** Where an example lies in a square from 0 to 1; on a line, only how far to the right. */
export function dotOf(
  data: Frame | null,
  example: number | null,
  ground: Ground,
): [number, number] | null {
  const place = example === null || ground === 'none' ? null : placeOf(data, example);
  if (!place) return null;
  const [u, v] = place;
  return [(u + SPAN) / (2 * SPAN), ground === 'plane' ? (SPAN - v) / (2 * SPAN) : NaN];
}

function placeOf(data: Frame | null, example: number): [number, number] | null {
  const ids = data?.array('id')?.values ?? new Int32Array();
  const places = data?.array('position')?.values;
  const row = ids.indexOf(example);
  const [x, y] = row < 0 || !places ? [] : places.subarray(2 * row, 2 * row + 2);
  return x === undefined || y === undefined ? null : [x, y];
}

/** The dot on a picture: over a line it rides on the curve. */
export function dotOn(
  picture: Picture,
  dot: readonly [number, number] | null,
): [number, number] | null {
  if (!dot || !picture) return null;
  const [x, y] = dot;
  if (!Number.isNaN(y)) return [x, y];
  return 'curve' in picture ? [x, 0.5 - 0.45 * heightAt(picture.curve.heights, x)] : null;
}

function heightAt(heights: Float32Array, x: number): number {
  const at = Math.min(heights.length - 1, Math.max(0, Math.floor(x * heights.length)));
  return heights[at] ?? 0;
}
