/** Many small pictures of one size as one, in rows as in a book. */

import type { Tile } from './maps';

/** Lay tiles side by side in about a square; more than one cell wide, a line of nothing parts them. */
export function mosaicOf(tiles: readonly Tile[]): Tile {
  const [first] = tiles;
  if (!first) return { values: [], rows: 0, columns: 0 };
  const [high, wide] = [first.rows, first.columns];
  const gap = high * wide > 1 ? 1 : 0;
  const across = Math.ceil(Math.sqrt((tiles.length * (high + gap)) / (wide + gap)));
  const down = Math.ceil(tiles.length / across);
  const columns = across * (wide + gap) - gap;
  const rows = down * (high + gap) - gap;
  const values = new Float64Array(rows * columns);
  for (const [number, tile] of tiles.entries()) {
    const top = Math.floor(number / across) * (high + gap);
    const left = (number % across) * (wide + gap);
    for (let i = 0; i < Math.min(tile.values.length, high * wide); i++) {
      const at = (top + Math.floor(i / wide)) * columns + left + (i % wide);
      values[at] = tile.values[i] ?? 0;
    }
  }
  return { values, rows, columns };
}
