/** Numbers as cells in rows, those that dropout set to 0 crossed out. */

import { colour, css } from '../../graph/colour';
import type { Theme } from '../../graph/cursor';
import { addend } from '../../graph/number';
import type { Frame } from '../../wire/frame';
import { stroke, write } from './draw';
import type { Sheet } from './draw';

/** Cells are at most this high, and as wide as a number needs. */
const HIGH = 34;
const WIDE = 62;
/** From this width on a number has room in its cell, from the other on a cross. */
const ROOM = 40;
const SEEN = 7;
const GAP = 2;
/** Numbers are read on the colours. */
const STRENGTH = 0.5;

/** How cells lie: so many in a row, each so large. */
export interface Lay {
  columns: number;
  width: number;
  height: number;
}

/** Find the largest cells with which `count` of them have room; wide ones where there are few. */
export function layOf(count: number, width: number, height: number): Lay {
  let best: Lay = { columns: Math.max(1, count), width: 0, height: 0 };
  for (let rows = 1; rows <= Math.max(1, Math.min(count, height)); rows++) {
    const columns = Math.ceil(count / rows);
    const high = Math.min(HIGH, height / rows);
    const wide = Math.min(WIDE, width / columns);
    const cell = { columns, width: wide, height: wide >= ROOM ? high : Math.min(high, wide) };
    if (cell.width * cell.height > best.width * best.height) best = cell;
  }
  return best;
}

/** Draw the frame of the probe `mask`; `chosen`: the unit that is looked at, if it is one of the cells. */
export function drawCells(sheet: Sheet, frame: Frame, theme: Theme, chosen: number | null): void {
  const [mask, given, made] = ['mask', 'input', 'output'].map((name) => frame.array(name));
  if (!mask || !given || !made) return;
  const count = mask.values.length;
  const { columns, width, height } = layOf(count, sheet.width, sheet.height);
  const reach = Math.max(1e-12, ...Array.from(made.values, Math.abs));
  const gap = Math.min(GAP, width / 6);
  const rows = Math.ceil(count / columns);
  const top = Math.max(0, (sheet.height - rows * height) / 2);
  for (let i = 0; i < count; i++) {
    const x = (i % columns) * width;
    const y = top + Math.floor(i / columns) * height;
    const cell = { x, y, width: width - gap, height: height - gap };
    const value = made.values[i] ?? 0;
    if (mask.values[i]) fill(sheet, cell, value, { reach, theme });
    else cross(sheet, cell, given.values[i] ?? 0);
    if (i === chosen) frameOf(sheet, cell);
  }
}

interface Cell {
  x: number;
  y: number;
  width: number;
  height: number;
}

function fill(
  sheet: Sheet,
  cell: Cell,
  value: number,
  { reach, theme }: { reach: number; theme: Theme },
): void {
  sheet.context.fillStyle = css(colour('forward', theme, value / reach, STRENGTH));
  sheet.context.fillRect(cell.x, cell.y, cell.width, cell.height);
  if (cell.width < ROOM) return;
  sheet.context.font = `500 ${sheet.label}px Inter, system-ui, sans-serif`;
  sheet.context.textAlign = 'center';
  sheet.context.textBaseline = 'middle';
  sheet.context.fillStyle = sheet.inks.ink;
  sheet.context.fillText(addend(value), cell.x + cell.width / 2, cell.y + cell.height / 2);
}

/** A number that was set to 0: what it would have been is still read where there is room. */
function cross(sheet: Sheet, cell: Cell, given: number): void {
  const { context, inks } = sheet;
  const { x, y, width, height } = cell;
  context.fillStyle = inks.sunk;
  context.fillRect(x, y, width, height);
  if (width < SEEN) return;
  stroke(sheet, [x, y, x + width, y + height], inks.ink3, 1);
  stroke(sheet, [x, y + height, x + width, y], inks.ink3, 1);
  if (width >= ROOM && height >= sheet.label + 4)
    write(sheet, addend(given), x + width / 2, y + height / 2, { align: 'center' });
}

function frameOf({ context, inks }: Sheet, { x, y, width, height }: Cell): void {
  context.strokeStyle = inks.ink;
  context.lineWidth = 2;
  context.strokeRect(x + 1, y + 1, width - 2, height - 2);
}
