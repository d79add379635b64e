/** A tensor of any shape as rows and columns. */

export interface Sheet {
  rows: number;
  columns: number;
  cells: ArrayLike<number>;
}

/** More cells than these in a row, or rows, are not seen in a small picture. */
const MOST = 64;
/** A long row is broken so that the picture is about so many times as wide as high. */
const WIDE = 2;

/** Lay a tensor's cells out: the last axis from left to right; a single row is broken into several. */
export function folded(cells: ArrayLike<number>, shape: readonly number[]): Sheet {
  const count = cells.length;
  const long = shape.filter((size) => size > 1);
  const last = long.at(-1) ?? 1;
  const isRow = long.length < 2;
  const columns = isRow ? (count <= MOST ? count : Math.ceil(Math.sqrt(count * WIDE))) : last;
  const rows = Math.max(1, Math.ceil(count / columns));
  if (rows * columns === count) return { rows, columns, cells };
  // What is left of the last row is zero: in the middle of the map.
  const filled = new Uint8Array(rows * columns).fill(128);
  for (let i = 0; i < count; i++) filled[i] = cells[i] ?? 128;
  return { rows, columns, cells: filled };
}
