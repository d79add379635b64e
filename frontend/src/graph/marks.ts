/** Where a cell and its windows stand on the portraits of a spine, in pixels. */

import type { Cell } from './cursor';
import type { Box, Spine } from './spine';
import type { Window } from './windows';

export interface Mark {
  key: string;
  x: number;
  y: number;
  width: number;
  height: number;
  kind: 'cell' | 'window';
}

/** A cell that is looked at, and what it sees. */
export interface Sight {
  path: string;
  unit: number;
  cell: Cell;
  windows: ReadonlyMap<string, Window>;
}

/** Cells smaller than this are marked by a square around them. */
const LEAST = 6;

/** Outline the cell on its map, and its windows on all maps before. */
export function marksOf(spine: Spine, { path, unit, cell, windows }: Sight): Mark[] {
  return spine.groups.flatMap((group) =>
    group.boxes.flatMap((box): Mark[] => {
      if (box.kind !== 'tile') return [];
      const { rows, columns } = group.portrait;
      if (box.path === path && box.unit === unit) {
        const { row, column } = cell;
        const own = { top: row, left: column, bottom: row + 1, right: column + 1 };
        return [grown({ ...placed(box, own, rows, columns), kind: 'cell' })];
      }
      const window = windows.get(box.path);
      return window ? [{ ...placed(box, window, rows, columns), kind: 'window' }] : [];
    }),
  );
}

function placed(box: Box, window: Window, rows: number, columns: number) {
  const [down, across] = [box.height / rows, box.width / columns];
  return {
    key: `${box.path}.${box.unit ?? ''}`,
    x: box.x + window.left * across,
    y: box.y + window.top * down,
    width: (window.right - window.left) * across,
    height: (window.bottom - window.top) * down,
  };
}

function grown(mark: Mark): Mark {
  const [x, y] = [Math.max(0, LEAST - mark.width) / 2, Math.max(0, LEAST - mark.height) / 2];
  return {
    ...mark,
    x: mark.x - x,
    y: mark.y - y,
    width: mark.width + 2 * x,
    height: mark.height + 2 * y,
  };
}

/** The cell of a map under a place in its picture. */
export function cellAt(
  place: { x: number; y: number },
  size: { width: number; height: number },
  { rows, columns }: { rows: number; columns: number },
): Cell {
  const index = (share: number, of: number): number =>
    Math.min(of - 1, Math.max(0, Math.floor(share * of)));
  return { row: index(place.y / size.height, rows), column: index(place.x / size.width, columns) };
}

/** The cell beside one, at the edge itself. */
export function cellBeside(
  { row, column }: Cell,
  way: 'left' | 'right' | 'up' | 'down',
  { rows, columns }: { rows: number; columns: number },
): Cell {
  const [down, across] = { left: [0, -1], right: [0, 1], up: [-1, 0], down: [1, 0] }[way] as [number, number]; // prettier-ignore
  return {
    row: Math.min(rows - 1, Math.max(0, row + down)),
    column: Math.min(columns - 1, Math.max(0, column + across)),
  };
}
