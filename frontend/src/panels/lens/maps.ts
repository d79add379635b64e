/** Pieces of maps: what the probes say of windows, patches and filters, cut into small pictures. */

import { gridOf } from '../../graph/choice';
import type { Choice } from '../../graph/choice';
import { readsOf } from '../../graph/spine';
import type { Entrance, Stage } from '../../graph/stages';
import { trueValue } from '../../wire/frame';
import type { Frame, FrameArray } from '../../wire/frame';

/** One small picture: numbers row by row. */
export interface Tile {
  values: ArrayLike<number>;
  rows: number;
  columns: number;
}

/** Top, left, bottom and right, inclusive, counted from 0. */
export type Window = [number, number, number, number];

/** The terms of a sum that come from one map. */
export interface Patch {
  source: string;
  channel: number;
  input: Tile;
  weight: Tile;
  product: Tile;
  part: number;
}

interface PatchFact {
  source: string;
  channel: number;
  rows: number[];
  columns: number[];
  start: number;
}

/** The patches of a frame of the probe `contrib`; none where its terms are no windows of maps. */
export function patchesOf(frame: Frame | null): Patch[] {
  const facts = (frame?.details['patches'] ?? []) as PatchFact[];
  const parts = frame?.array('part')?.values;
  return facts.map(({ source, channel, rows, columns, start }, i) => {
    const cut = (name: string): Tile => ({
      values:
        frame?.array(name)?.values.subarray(start, start + rows.length * columns.length) ?? [],
      rows: rows.length,
      columns: columns.length,
    });
    return {
      source,
      channel,
      input: cut('input'),
      weight: cut('weight'),
      product: cut('product'),
      part: parts?.[i] ?? 0,
    };
  });
}

/** One map of an array of maps, in true numbers; null if it has none. */
export function mapOf(array: FrameArray | undefined, channel: number): Tile | null {
  const [, rows = 0, columns = 0] = array?.shape ?? [];
  if (array?.shape.length !== 3 || channel >= (array.shape[0] ?? 0)) return null;
  const first = channel * rows * columns;
  const values = Float64Array.from({ length: rows * columns }, (_, i) =>
    trueValue(array, first + i),
  );
  return { values, rows, columns };
}

/** How much there is in all maps together at each place: the amounts, channels added. */
export function amountOf(array: FrameArray | undefined): Tile | null {
  const first = mapOf(array, 0);
  if (!array || !first) return null;
  const size = first.rows * first.columns;
  const values = new Float64Array(size);
  for (let i = 0; i < array.values.length; i++) {
    values[i % size] = (values[i % size] ?? 0) + Math.abs(trueValue(array, i));
  }
  return { ...first, values };
}

/** One filter out of an array of units × channels × rows × columns. */
export function filterOf(
  array: FrameArray | undefined,
  unit: number,
  channel: number,
): Tile | null {
  const [, channels = 0, rows = 0, columns = 0] = array?.shape ?? [];
  if (array?.shape.length !== 4 || channel >= channels) return null;
  const size = rows * columns;
  const first = (unit * channels + channel) * size;
  return { values: array.values.subarray(first, first + size), rows, columns };
}

/** Where a cell looks, as the probe `rf` says it, by stage and input. */
export interface Seen {
  window: Window;
  size: [number, number];
  shape: number[];
}

export function windowsOf(frame: Frame | null): Record<string, Seen> {
  return (frame?.details['windows'] ?? {}) as Record<string, Seen>;
}

/** Whether a frame is about this unit, and this cell of it. */
export function isAbout(frame: Frame | null, unit: number, place: number | null): boolean {
  const { unit: whose, place: where } = frame?.details ?? {};
  return whose === unit && (place === null || where === place);
}

/** What is known of a network around a stage. */
export interface Around {
  stages: readonly Stage[];
  entrances: readonly Entrance[];
}

/** The shape of what flows into a stage. */
export function inflow(stage: Stage, { stages, entrances }: Around): Stage['output'] {
  const [source] = stage.sources;
  const maker = stages.find(({ path }) => path === source);
  return (maker ? maker.output : entrances.find(({ name }) => name === source)?.spec) ?? null;
}

/** Whether a stage makes maps of maps. */
export function mapsMaps(stage: Stage, around: Around): boolean {
  return gridOf(stage.output) !== null && gridOf(inflow(stage, around)) !== null;
}

/** Whether a unit's terms come from several maps: its window's, or those that were laid out in a row before it. */
export function readsMaps({ stage }: Choice, around: Around): boolean {
  if (mapsMaps(stage, around)) return true;
  const reads = readsOf(stage, around);
  return gridOf(reads) !== null && (reads?.shape[0] ?? 0) > 1;
}

/** Whether a stage has filters: windows of learned numbers. */
export function hasFilters(stage: Stage, around: Around): boolean {
  const shapes = Object.values(stage.parameterShapes);
  return mapsMaps(stage, around) && shapes.some((shape) => shape.length > 2);
}

/** Whether the network is given a picture of rows, columns and channels. */
export function seesPictures({ entrances }: Around): boolean {
  return entrances.some(({ spec }) => gridOf(spec) !== null);
}
