/** A tensor in small: sheets for maps, a bar for a row of numbers, a table for rows of features. */

import type { TensorSpec } from '../wire/schema';

export interface Shape {
  x: number;
  y: number;
  width: number;
  height: number;
}

const MOST_SHEETS = 7;
const STEP = 3;

/** The rectangles that stand for a tensor, the hindmost first, in a field of `width` × `height`. */
export function miniature(spec: TensorSpec | null, width: number, height: number): Shape[] {
  if (!spec) return [];
  const { shape } = spec;
  const [first = 1, rows = 1, columns = 1] = shape;
  if (shape.length >= 3) return sheets(first, rows, columns, width, height);
  if (shape.length === 2)
    return centred({ width: grown(rows, width * 0.8), height: grown(first, height * 0.8) });
  return centred({ width: grown(first, width * 0.8), height: 8 });

  function centred(size: { width: number; height: number }): Shape[] {
    const [w, h] = [Math.round(size.width), Math.round(size.height)];
    return [
      { x: Math.round((width - w) / 2), y: Math.round((height - h) / 2), width: w, height: h },
    ];
  }
}

/** Lengths on a logarithmic scale: from a point to the most at a thousand. */
function grown(length: number, most: number): number {
  const share = Math.log2(Math.max(1, length)) / 10;
  return Math.max(7, Math.min(1, share) * most);
}

function sheets(maps: number, rows: number, columns: number, width: number, height: number) {
  const count = Math.min(MOST_SHEETS, Math.max(1, Math.round(Math.log2(maps)) + 1));
  const deep = (count - 1) * STEP;
  const room = Math.min(width, height) - deep;
  const side = (length: number): number =>
    Math.round(Math.min(room, Math.max(6, (Math.log2(length + 1) / 6) * room)));
  const [w, h] = [side(columns), side(rows)];
  const [left, top] = [Math.round((width - w - deep) / 2), Math.round((height - h - deep) / 2)];
  return Array.from({ length: count }, (_, i) => {
    const back = (count - 1 - i) * STEP;
    return { x: left + back, y: top + deep - (deep - back), width: w, height: h };
  });
}
