/** Which numbers a portrait shows, of the frames that there are. */

import type { Show, Theme } from '../../graph/cursor';
import { binned, coloursFor, reachOf, rooted, toBytes, unitOf, zeroLevel } from '../../graph/look';
import type { Cells } from '../../graph/look';
import { MOST_CELLS } from '../../graph/portrait';
import type { Box, Group } from '../../graph/spine';
import type { Frame, FrameArray } from '../../wire/frame';
import { ends, trueValue } from '../../wire/frame';
import { bytesOn } from './scaled';
import type { Span, Stretch } from './scaled';

/** What is known of the network at the shown step. */
export interface Frames {
  boundary: Frame | null;
  value: Frame | null;
  weight: Frame | null;
  grad: Frame | null;
  /** Where there is attention: who looks at whom. */
  attention?: Frame | null;
}

/** A line over the line that examples lie on: heights from -1 to 1. */
export interface Heights {
  heights: Float32Array;
  map: 'forward' | 'gradient';
}

/** An arrow over a field, from and to in a square from 0 to 1. */
export interface Arrow {
  from: [number, number];
  to: [number, number];
}

export type Picture = { cells: Cells; arrow: Arrow | null } | { curve: Heights } | null;

interface Way extends Span {
  show: Show;
  theme: Theme;
}

/** Choose the picture of one portrait; null as long as its numbers are not there. */
export function pictureOf(box: Box, group: Group, frames: Frames, way: Way): Picture {
  const back = way.show === 'gradients' && !group.isInput;
  const unit = box.unit ?? 0;
  if (box.kind === 'field') return field(unit, group, frames, way, back);
  if (box.kind === 'curve') return curve(unit, group, frames, way, back);
  if (box.kind === 'weights') return looks(group, frames, way.theme);
  if (box.kind === 'rail') return along(group, frames, way, back);
  if (box.kind === 'template') return template(unit, group, frames, way, back);
  return own(box, group, frames, way, back);
}

/** What a unit says, or is told, at every place of the plane or the line; null if it is not there. */
function mapOf(
  group: Group,
  frames: Frames,
  back: boolean,
  unit: number,
  rank: number,
): FrameArray | null {
  const array = back
    ? frames.grad?.array('grad_field', group.path)
    : frames.boundary?.array('field', group.path);
  const fits = array?.shape.length === rank && unit < (array.shape[0] ?? 0);
  return fits ? array : null;
}

function field(unit: number, group: Group, frames: Frames, way: Way, back: boolean): Picture {
  const array = mapOf(group, frames, back, unit, 3);
  if (!array) return null;
  const size = array.values.length / (array.shape[0] ?? 1);
  // What comes in has a scale for each number already.
  const { bytes, lo } = group.isInput
    ? { bytes: unitOf(array, unit), lo: ends(array, unit * size)[0] }
    : bytesOn(array, { first: unit * size, size, isUnit: true }, way);
  const colours = back ? slopeColours(way) : coloursFor('forward', way.theme, lo);
  const level = back || group.isInput ? null : zeroLevel(bytes, lo);
  const [, rows = 1, columns = 1] = array.shape;
  return { cells: { bytes, rows, columns, colours, level, isSigned: lo < 0 }, arrow: null };
}

function curve(unit: number, group: Group, frames: Frames, way: Way, back: boolean): Picture {
  const array = mapOf(group, frames, back, unit, 2);
  const heights = array && heightsOf(array, unit, group.isInput ? undefined : way);
  return heights && { curve: { heights, map: back ? 'gradient' : 'forward' } };
}

/** One unit over the line, from -1 to 1. */
export function heightsOf(
  array: FrameArray,
  unit: number,
  { scale, most }: Span = { scale: 'layer', most: 1 },
): Float32Array {
  const [, columns = 1] = array.shape;
  const values = Float32Array.from({ length: columns }, (_, i) =>
    trueValue(array, unit * columns + i),
  );
  const own = { node: () => reachOf(values), layer: () => reachOf(ends(array, unit * columns)), network: () => most }; // prettier-ignore
  const reach = own[scale]();
  return values.map((value) => Math.max(-1, Math.min(1, value / reach)));
}

function slopeColours({ theme }: Way): Uint32Array {
  return rooted(coloursFor('gradient', theme, -1, 1));
}

function template(unit: number, group: Group, frames: Frames, way: Way, back: boolean): Picture {
  const array = frames.weight?.array(back ? 'grad' : 'weight', `${group.path}.weight`);
  const { rows, columns } = group.portrait;
  if (!array || array.dtype === 'uint8' || array.shape[1] !== rows * columns) return null;
  const weights = unitOf(array, unit);
  const bytes = toBytes(weights, reachOf(way.scale === 'node' ? weights : array.values));
  const colours = back ? slopeColours(way) : coloursFor('forward', way.theme, -1, 1);
  return { cells: { bytes, rows, columns, colours, level: null, isSigned: true }, arrow: null };
}

/** The example's own values: tiles, barcodes, matrices. */
function own(box: Box, group: Group, frames: Frames, way: Way, back: boolean): Picture {
  const frame = back ? frames.grad : frames.value;
  const array = frame?.array(back ? 'grad' : 'output', group.path);
  if (!array?.values.length) return null;
  if (group.isInput && box.kind === 'tile') return ink(array, box, group, way.theme);
  const { bytes, lo } = bytesOn(array, stretchOf(box, group, array), way);
  const colours = back ? slopeColours(way) : coloursFor('forward', way.theme, lo, 1);
  const { rows, columns } = group.portrait;
  const cells = box.kind === 'barcode' ? bars(bytes, lo) : { bytes, rows, columns };
  return { cells: { ...cells, colours, level: null, isSigned: lo < 0 }, arrow: null };
}

/** Features at the places of the example alone, not of the padding behind it. */
function along(group: Group, frames: Frames, way: Way, back: boolean): Picture {
  const array = (back ? frames.grad : frames.value)?.array(back ? 'grad' : 'output', group.path);
  if (!array?.values.length) return null;
  const columns = array.shape.at(-1) ?? 1;
  const rows = Math.min(group.portrait.rows, array.values.length / columns);
  const { bytes, lo } = bytesOn(array, { first: 0, size: rows * columns, isUnit: false }, way);
  const colours = back ? slopeColours(way) : coloursFor('forward', way.theme, lo, 1);
  return { cells: { bytes, rows, columns, colours, level: null, isSigned: lo < 0 }, arrow: null };
}

/** How much each place takes of each other, as the mean of all heads. */
function looks(group: Group, frames: Frames, theme: Theme): Picture {
  const array = frames.attention?.array('weights', group.path);
  const { rows, columns } = group.portrait;
  const [heads = 1, places = 0, keys = 0] = array?.shape ?? [];
  if (!array || rows > places || columns > keys) return null;
  const means = Array.from({ length: rows * columns }, (_, i) => {
    const at = Math.floor(i / columns) * keys + (i % columns);
    let sum = 0;
    for (let head = 0; head < heads; head++) sum += trueValue(array, head * places * keys + at);
    return sum / heads;
  });
  return { cells: sharesOf(means, rows, columns, theme), arrow: null };
}

/** Which numbers of a stage are in one portrait: those of a map or matrix, or all of them in a barcode. */
function stretchOf(box: Box, { portrait }: Group, array: FrameArray): Stretch {
  if (box.kind === 'barcode') return { first: 0, size: array.values.length, isUnit: false };
  const size = portrait.rows * portrait.columns;
  return { first: (box.unit ?? 0) * size, size, isUnit: box.unit !== null };
}

type Shape = Pick<Cells, 'bytes' | 'rows' | 'columns'>;

function bars(bytes: ArrayLike<number>, lo: number): Shape {
  const middle = lo < 0 ? 127.5 : 0;
  const row = binned(
    Float64Array.from(bytes, (byte) => byte - middle),
    MOST_CELLS,
  );
  return { bytes: Uint8Array.from(row, (value) => value + middle), rows: row.length, columns: 1 };
}

/** Pixels that come in are amounts of ink. */
function ink(array: FrameArray, box: Box, { portrait }: Group, theme: Theme): Picture {
  const { rows, columns } = portrait;
  const first = (box.unit ?? 0) * rows * columns;
  const values = Array.from({ length: rows * columns }, (_, i) => trueValue(array, first + i));
  return { cells: inkCells(values, rows, columns, theme), arrow: null };
}

/** Shares from none to all. */
function sharesOf(values: readonly number[], rows: number, columns: number, theme: Theme): Cells {
  const bytes = Uint8Array.from(values, (value) => Math.round(255 * value));
  const colours = coloursFor('amount', theme, 0, 1);
  return { bytes, rows, columns, colours, level: null, isSigned: false };
}

/** Amounts from none to the most that there is. */
export function inkCells(
  values: readonly number[],
  rows: number,
  columns: number,
  theme: Theme,
): Cells {
  const most = reachOf(values);
  const bytes = Uint8Array.from(values, (value) => Math.round((255 * Math.max(0, value)) / most));
  return {
    bytes,
    rows,
    columns,
    colours: coloursFor('amount', theme, 0, 1),
    level: null,
    isSigned: false,
  };
}

/**
 * A unit that reads the two raw coordinates parts the plane by a line; its weights are the arrow that stands on it.
 * `span` is half of the plane's width.
 */
export function arrowOf(weights: ArrayLike<number>, bias: number, span: number): Arrow | null {
  const [a = 0, b = 0] = [weights[0], weights[1]];
  const length = Math.hypot(a, b);
  if (!(length > 0) || !Number.isFinite(length)) return null;
  const foot = -bias / (length * length);
  const [x, y] = [a * foot, b * foot];
  if (Math.abs(x) > span || Math.abs(y) > span) return null;
  const reach = span * 0.5;
  const to: [number, number] = [x + (a / length) * reach, y + (b / length) * reach];
  const place = ([u, v]: [number, number]): [number, number] => [
    (u + span) / (2 * span),
    (span - v) / (2 * span),
  ];
  return { from: place([x, y]), to: place(to) };
}
