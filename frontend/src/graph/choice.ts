/** The unit that is looked at, and the ways from it to its neighbours. */

import type { TensorSpec } from '../wire/schema';
import { aimAt } from './aim';
import { joinNode, splitNode } from './cursor';
import type { Cell } from './cursor';
import { RAILS } from './portrait';
import { attends, isRail, recurs } from './rails';
import type { Group, Spine } from './spine';
import { unitsOf, weightOf } from './stages';
import type { Stage } from './stages';

export interface Choice {
  stage: Stage;
  /** Counted from 0. */
  unit: number;
  /** Where units are maps, the cell that is looked at; null: units are single numbers. */
  cell: Cell | null;
  /** The cell as the probes count it: row by row from 0. */
  place: number | null;
  /** The unit as the cursor names it, without its cell: `hidden2.1`. */
  name: string;
}

/** How many cells a map has. */
export interface Grid {
  rows: number;
  columns: number;
}

/** Rows and columns of the maps of a stage, if its units are maps. */
export function gridOf(spec: TensorSpec | null): Grid | null {
  if (spec?.axes.join('') !== 'CHW') return null;
  const [, rows = 0, columns = 0] = spec.shape;
  return rows > 0 && columns > 0 ? { rows, columns } : null;
}

/** The unit and cell at the cursor; without a valid one, the first unit of the last hidden stage. */
export function choose(stages: readonly Stage[], node: string | null): Choice | null {
  const named = chosenBy(stages, node);
  if (named) return named;
  const stage = usual(stages);
  return stage ? choice(stage, 0, null) : null;
}

function chosenBy(stages: readonly Stage[], node: string | null): Choice | null {
  // Of what attends, a unit is a head; how many there are is known to the probe alone.
  const looking = stages.find((stage) => attends(stage) && aimAt(node, stage));
  if (looking) return choice(looking, aimAt(node, looking)?.head ?? 0, null);
  const paths = stages.flatMap((stage) => stage.nodes);
  const at = node === null ? null : splitNode(node, paths);
  const named = at && stages.find((stage) => stage.nodes.includes(at.path));
  const unit = at?.unit ?? 0;
  return named && unit < unitsOf(named.output) ? choice(named, unit, at.cell) : null;
}

function usual(stages: readonly Stage[]): Stage | undefined {
  const telling = stages.findLast(attends) ?? stages.findLast(recurs);
  if (telling) return telling;
  const learning = stages.filter((stage) => weightOf(stage));
  const hidden = learning.filter((stage) => !stage.isOutput);
  return hidden.at(-1) ?? learning.at(-1) ?? stages.at(-1);
}

/** The cell of an address that its stage does not have, as it is written there; null if all is well. */
export function missingCell(stages: readonly Stage[], node: string): string | null {
  const [, written] = node.split('@', 2);
  if (written === undefined) return null;
  const chosen = choose(stages, node);
  if (chosen && attends(chosen.stage)) return null;
  const cell = chosen?.cell;
  return cell && written === `${cell.row + 1},${cell.column + 1}` ? null : written;
}

/** The address of a unit, with its cell unless that is the middle one, which is looked at anyway. */
export function addressAt(stage: Stage, unit: number, cell: Cell | null): string {
  const grid = gridOf(stage.output);
  const middle = grid && middleOf(grid);
  const isOwn = cell?.row !== middle?.row || cell?.column !== middle?.column;
  return joinNode(stage.path, unit, grid && holds(grid, cell) && isOwn ? cell : null);
}

function choice(stage: Stage, unit: number, wanted: Cell | null): Choice {
  const grid = gridOf(stage.output);
  const cell = grid && (holds(grid, wanted) ? wanted : middleOf(grid));
  const place = grid && cell && cell.row * grid.columns + cell.column;
  const name = joinNode(stage.path, isRail(stage.output) ? null : unit);
  return { stage, unit, cell, place, name };
}

function holds({ rows, columns }: Grid, cell: Cell | null): boolean {
  return cell !== null && cell.row < rows && cell.column < columns;
}

function middleOf({ rows, columns }: Grid): Cell {
  return { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
}

export type Way = 'left' | 'right' | 'up' | 'down';

/** The unit beside a chosen one: the next one in its column, or the one at its height in the next column. */
export function neighbour(spine: Spine, from: Choice, way: Way): string | null {
  const group = spine.groups.find(({ path }) => path === from.stage.path);
  if (!group) return null;
  if (way === 'up' || way === 'down') return within(group, from, way === 'up' ? -1 : 1);
  const step = way === 'left' ? -1 : 1;
  const columns = spine.groups.filter(({ isInput }) => !isInput);
  const height = heightOf(group, from.unit);
  for (
    let column = group.column + step;
    columns.some((each) => each.column === column);
    column += step
  ) {
    const near = columns
      .filter((each) => each.column === column)
      .sort(
        (a, b) =>
          Math.abs((a.top + a.bottom) / 2 - height) - Math.abs((b.top + b.bottom) / 2 - height),
      );
    const [next] = near;
    if (next) return joinNode(next.path, RAILS.has(next.portrait.kind) ? null : nearestUnit(next, height)); // prettier-ignore
  }
  return null;
}

/** The next unit of a column, at the same cell. */
function within(group: Group, from: Choice, step: number): string | null {
  const units = listed(group);
  const at = units.indexOf(from.unit);
  const next = units[at < 0 ? 0 : at + step];
  return next === undefined ? null : addressAt(from.stage, next, from.cell);
}

/** Units that have a place in a group's picture, from top to bottom. */
function listed(group: Group): number[] {
  const units = group.boxes.flatMap(({ unit }) => (unit === null ? [] : [unit]));
  if (units.length) return units;
  const { kind, rows } = group.portrait;
  return Array.from(
    { length: kind === 'barcode' || kind === 'chances' ? rows : 1 },
    (_, unit) => unit,
  );
}

function heightOf(group: Group, unit: number): number {
  const box = group.boxes.find((each) => each.unit === unit);
  if (box) return box.y + box.height / 2;
  const [whole] = group.boxes;
  return whole ? whole.y + ((unit + 0.5) / Math.max(1, group.portrait.rows)) * whole.height : 0;
}

function nearestUnit(group: Group, height: number): number {
  const far = (unit: number): number => Math.abs(heightOf(group, unit) - height);
  return listed(group).reduce((best, unit) => (far(unit) < far(best) ? unit : best));
}
