/** Which picture a tensor gets: chosen by its axes and by what the examples lie on, never by model. */

import type { TensorSpec } from '../wire/schema';
import { isRail, isTokens } from './rails';
import { sizeOf } from './stages';

/** What examples lie on: the plane, a line under their targets, or nothing that could be drawn. */
export type Ground = 'plane' | 'line' | 'none';

/**
 * field: what a unit says over the plane; curve: over a line; template: a unit's weights as the image that it looks
 * for; number: one number and its bar; barcode: a cell for each unit; tile: rows and columns; chances: a ranked bar
 * for each class; matrix: two axes that are no image; words: a row of tokens; rail: a row of features for each place of
 * a sequence; weights: how much each place takes of each other.
 */
export type PortraitKind =
  | 'field'
  | 'curve'
  | 'template'
  | 'number'
  | 'barcode'
  | 'tile'
  | 'chances'
  | 'matrix'
  | 'words'
  | 'rail'
  | 'weights';

/** Portraits along the places of a sequence: a row for each. */
export const RAILS: ReadonlySet<PortraitKind> = new Set(['words', 'rail', 'weights']);

export interface Portrait {
  kind: PortraitKind;
  /** How many portraits: one for each unit, or 1 for all together. */
  count: number;
  /** Rows and columns of each; of a barcode, its cells. */
  rows: number;
  columns: number;
}

/** What decides about the picture, beside the tensor itself. */
export interface Setting {
  ground: Ground;
  /** What the stage adds up, at its origin; null: it adds up nothing. */
  reads: TensorSpec | null;
  /** Whether it answers with one number for each of several classes. */
  chooses: boolean;
  /** How many places of a sequence the example has, by the axis; none: as many as there can be. */
  lengths?: ReadonlyMap<string, number>;
  /** Queries and keys, where it attends. */
  weights?: readonly [number, number] | undefined;
}

const NUMBER: Portrait = { kind: 'number', count: 1, rows: 1, columns: 1 };

/** Choose the picture of a tensor. */
export function portraitOf(spec: TensorSpec | null, setting: Setting): Portrait {
  if (!spec || spec.axes.length === 0 || sizeOf(spec) === 0) return NUMBER;
  return alongPlaces(spec, setting) ?? ofUnits(spec, setting);
}

function ofUnits(spec: TensorSpec, setting: Setting): Portrait {
  if (spec.axes.length === 1) return row(sizeOf(spec), setting);
  const image = isImage(spec);
  const [rows = 1, columns = 1] = spec.shape.slice(-2);
  const count = sizeOf(spec) / (rows * columns);
  // Maps of one cell are a row of numbers.
  if (image && rows * columns === 1) return row(count, setting);
  return { kind: image ? 'tile' : 'matrix', count, rows, columns };
}

/** The picture of a sequence; null if it is none. */
function alongPlaces(spec: TensorSpec, { lengths, weights }: Setting): Portrait | null {
  if (weights) return { kind: 'weights', count: 1, rows: weights[0], columns: weights[1] };
  const [length = 1, features = 1] = spec.shape;
  const rows = lengths?.get(spec.axes[0] ?? '') ?? length;
  if (isTokens(spec)) return { kind: 'words', count: 1, rows, columns: 1 };
  return isRail(spec) ? { kind: 'rail', count: 1, rows, columns: features } : null;
}

function row(count: number, { ground, reads, chooses }: Setting): Portrait {
  if (ground === 'plane') return { kind: 'field', count, rows: 1, columns: 1 };
  if (ground === 'line') return { kind: 'curve', count, rows: 1, columns: 1 };
  const seen = imageOf(reads);
  if (seen && count <= MOST_TEMPLATES) return { kind: 'template', count, ...seen };
  if (count === 1) return NUMBER;
  return { kind: chooses ? 'chances' : 'barcode', count: 1, rows: count, columns: 1 };
}

/** Units whose weights are shown as images; more become a barcode of what they say. */
const MOST_TEMPLATES = 64;

/** Rows and columns of a tensor that is one image; null if it is none. */
export function imageOf(spec: TensorSpec | null): { rows: number; columns: number } | null {
  if (!spec || !isImage(spec)) return null;
  const [rows = 0, columns = 0] = spec.shape.slice(-2);
  return rows * columns === sizeOf(spec) && rows > 1 && columns > 1 ? { rows, columns } : null;
}

/** Whether a tensor still lies on a grid: rows and columns of more than one cell. */
export function hasGrid(spec: TensorSpec | null): boolean {
  const [rows = 1, columns = 1] = spec?.shape.slice(-2) ?? [];
  return spec !== null && isImage(spec) && rows * columns > 1;
}

function isImage({ axes }: TensorSpec): boolean {
  return axes.at(-2) === 'H' && axes.at(-1) === 'W';
}

/** Barcodes have at most so many cells; longer rows are shown by the greatest number of each stretch. */
export const MOST_CELLS = 256;
