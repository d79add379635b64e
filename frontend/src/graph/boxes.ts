/** Where the numbers of a small network are drawn: as the document has them, or with units folded into one box each. */

import type { Scalar, ScalarGroup, Scalars } from '../wire/capture';

export interface Box {
  id: string;
  scalar: Scalar;
  /** Its middle. */
  x: number;
  y: number;
  width: number;
  /** The unit that it is all of; empty: it is one number alone. */
  folds: string;
  /** The unit that it belongs to; empty: none. */
  unit: string;
}

/** Pixels from column to column and from row to row; in a small place, no nearer than so many. */
export const PITCH = { x: 108, y: 62 } as const;
const NEAREST = { x: 88, y: 54 } as const;
export const HIGH = 24;
/** From the edge to the middle of the first and last column, and of the first row; under the last row. */
const MARGIN = { x: 40, y: 30 } as const;
export const FOOT = 48;
/** Rows of air between two units. */
const GAP = 0.42;
/** The same in a low place. */
const LITTLE = 0.1;
/** The widest pitch from column to column: farther apart, a line is hard to follow. */
const WIDEST = 190;

interface Room {
  width: number;
  height: number;
}
interface Cell {
  column: number;
  row: number;
}
const ORIGIN: Cell = { column: 0, row: 0 };

export const unitId = ({ node, unit }: ScalarGroup): string => `${node}[${unit}]`;

/** Place all boxes; units that are not open are one box, which stands for what they put out. In a wide place (`room`, in
pixels) columns stand farther apart, in a small one everything stands nearer. */
export function boxesOf(document: Scalars, open: ReadonlySet<string>, room?: Room): Box[] {
  const owner = new Map(
    document.groups.flatMap((group) => group.scalars.map((id) => [id, group] as const)),
  );
  const isWhole = document.groups.every((group) => open.has(unitId(group)));
  const roomy = isWhole ? given(document) : folded(document, open, GAP);
  const isLow = !isWhole && room !== undefined && tallOf(roomy) > room.height;
  const cells = isLow ? folded(document, open, LITTLE) : roomy;
  const top = Math.min(...[...cells.values()].map(({ row }) => row), Infinity);
  const pitch = room ? pitchIn(room, cells) : PITCH;
  return document.scalars.flatMap((scalar) => {
    const cell = cells.get(scalar.id);
    if (!cell) return [];
    const group = owner.get(scalar.id);
    const unit = group ? unitId(group) : '';
    const folds = group && !open.has(unit) ? unit : '';
    const x = MARGIN.x + cell.column * pitch.x;
    const y = MARGIN.y + (cell.row - top) * pitch.y;
    return [{ id: scalar.id, scalar, x, y, width: widthOf(scalar), folds, unit }];
  });
}

/** How much room boxes take, with what stands above and under them. */
export function boundsOf(boxes: readonly Box[]): Room {
  return {
    width: Math.max(1, ...boxes.map(({ x }) => x)) + MARGIN.x,
    height: Math.max(1, ...boxes.map(({ y }) => y)) + FOOT,
  };
}

/** From column to column and from row to row, so that all fits into a place if it can. */
function pitchIn(room: Room, cells: ReadonlyMap<string, Cell>): { x: number; y: number } {
  const last = Math.max(1, ...[...cells.values()].map(({ column }) => column));
  const x = (room.width - 2 * MARGIN.x) / last;
  const y = (room.height - MARGIN.y - FOOT) / Math.max(1, spanOf(cells));
  return {
    x: Math.max(NEAREST.x, Math.min(WIDEST, x)),
    y: Math.max(NEAREST.y, Math.min(PITCH.y, y)),
  };
}

/** How wide a box is: as its word needs. */
function widthOf({ box, inputs }: Scalar): number {
  const letters = Array.from(box).length;
  return inputs.length ? Math.max(34, 16 + 8 * letters) : Math.max(34, 18 + 6 * letters);
}

function given({ scalars }: Scalars): Map<string, Cell> {
  return new Map(scalars.map(({ id, column, row }) => [id, { column, row }]));
}

/** Layers of units, each from top to bottom. */
function layersOf({ groups }: Scalars): ScalarGroup[][] {
  const layers = new Map<string, ScalarGroup[]>();
  for (const group of groups) layers.set(group.node, [...(layers.get(group.node) ?? []), group]);
  return [...layers.values()];
}

/** Rows from the first to the last. */
function spanOf(cells: ReadonlyMap<string, Cell>): number {
  const rows = [...cells.values()].map(({ row }) => row);
  return Math.max(...rows, -Infinity) - Math.min(...rows, Infinity);
}

/** Pixels from the first row to the last, with what stands above and under them. */
function tallOf(cells: ReadonlyMap<string, Cell>): number {
  return spanOf(cells) * PITCH.y + MARGIN.y + FOOT;
}

function folded(document: Scalars, open: ReadonlySet<string>, gap: number): Map<string, Cell> {
  const known = new Map(document.scalars.map((scalar) => [scalar.id, scalar]));
  const parts = (group: ScalarGroup): Parts => partsOf(group, known);
  const cells = new Map<string, Cell>();
  const layers = layersOf(document);
  const isOpen = (group: ScalarGroup): boolean => open.has(unitId(group));
  const heights = layers.map((layer) =>
    layer.map((group) => (isOpen(group) ? parts(group).rows : 1)),
  );
  const tall = heights.map((all) => sum(all) + (all.length - 1) * gap);
  const inputs = document.scalars.filter(({ role }) => role === 'input');
  const pitch = Math.max(1, Math.max(...tall) / Math.max(1, inputs.length));
  inputs.forEach(({ id }, i) => {
    cells.set(id, { column: 0, row: (i - (inputs.length - 1) / 2) * pitch });
  });
  let column = 1;
  layers.forEach((layer, at) => {
    const wide = Math.max(1, ...layer.filter(isOpen).map((group) => parts(group).columns));
    let first = -((tall[at] ?? 1) - 1) / 2;
    layer.forEach((group, i) => {
      const height = heights[at]?.[i] ?? 1;
      if (isOpen(group)) unfold(parts(group), { column, row: first }, cells);
      else cells.set(group.output, { column: column + wide - 1, row: first });
      first += height + gap;
    });
    column += wide;
  });
  placeRest(document, cells);
  return cells;
}

/** What a unit is made of. */
interface Parts {
  pairs: { product: Scalar; weights: Scalar[] }[];
  biases: Scalar[];
  /** The sum, and what bends it. */
  chain: Scalar[];
  rows: number;
  columns: number;
}

function partsOf(group: ScalarGroup, known: ReadonlyMap<string, Scalar>): Parts {
  const all = group.scalars.flatMap((id) => known.get(id) ?? []);
  const products = all.filter(({ role }) => role === 'product');
  const biases = all.filter(({ role }) => role === 'bias');
  const chain = all.filter(({ role }) => role === 'sum' || role === 'activation');
  const pairs = products.map((product) => ({
    product,
    weights: all.filter(({ id, role }) => role === 'weight' && product.inputs.includes(id)),
  }));
  const rows = Math.max(1, products.length + biases.length);
  return { pairs, biases, chain, rows, columns: 2 + Math.max(1, chain.length) };
}

function unfold(parts: Parts, { column, row }: Cell, cells: Map<string, Cell>): void {
  const { pairs, biases, chain, rows } = parts;
  const middle = Math.floor((pairs.length + 1) / 2);
  pairs.forEach(({ product, weights }, i) => {
    const at = row + i + (i >= middle ? biases.length : 0);
    for (const { id } of weights) cells.set(id, { column, row: at });
    cells.set(product.id, { column: column + 1, row: at });
  });
  biases.forEach(({ id }, i) => cells.set(id, { column: column + 1, row: row + middle + i }));
  chain.forEach(({ id }, i) =>
    cells.set(id, { column: column + 2 + i, row: row + (rows - 1) / 2 }),
  );
}

/** Targets and the loss stand to the last units as the document has them. */
function placeRest({ scalars, groups }: Scalars, cells: Map<string, Cell>): void {
  const hidden = new Set(groups.flatMap((group) => group.scalars));
  const last = scalars.find(({ id }) => id === groups.at(-1)?.output);
  const from = last ?? ORIGIN;
  const to = cells.get(last?.id ?? '') ?? ORIGIN;
  for (const { id, column, row } of scalars) {
    if (hidden.has(id) || cells.has(id)) continue;
    cells.set(id, { column: to.column + column - from.column, row: to.row + row - from.row });
  }
}

const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
