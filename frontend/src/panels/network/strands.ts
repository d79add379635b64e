/** The wires of a spine, and how each is drawn at a step. */

import type { Choice } from '../../graph/choice';
import type { Show } from '../../graph/cursor';
import { reachOf } from '../../graph/look';
import { portOf } from '../../graph/spine';
import type { Box, Group, Spine } from '../../graph/spine';
import { weightOf } from '../../graph/stages';
import type { Stage } from '../../graph/stages';
import {
  bandPath,
  barAcross,
  detourPath,
  restingWidth,
  speakingOpacity,
  speakingWidth,
  wireAt,
  wirePath,
} from '../../graph/wires';
import type { Spot } from '../../graph/wires';
import type { FrameArray } from '../../wire/frame';
import type { Frames } from './pictures';

/** One wire. Where it stands for one weight, `parameter`, `row` and `column` say which. */
export interface Strand {
  key: string;
  path: string;
  from: string;
  to: string;
  /** Unit that it leads to; null: all. */
  row: number | null;
  /** Unit that it comes from; null: all. */
  column: number | null;
  parameter: string | null;
  isBand: boolean;
  /** A place on it, for its weight, and a short bar across it there. */
  label: Spot;
  bar: string;
}

/** How a strand is drawn. */
export interface Stroke {
  width: number;
  opacity: number;
  kind: 'rest' | 'ahead' | 'positive' | 'negative' | 'up' | 'down';
}

/** Pairs of units above which wires between two stages are not told apart. */
const MOST_PAIRS = 200;

/** Lay the wires. */
export function strandsOf(spine: Spine, stages: readonly Stage[], chosen: Choice | null): Strand[] {
  const at = new Map(spine.groups.map((group) => [group.path, group]));
  return spine.links.flatMap((link) => {
    const [from, to] = [at.get(link.from), at.get(link.to)];
    const stage = stages.find(({ path }) => path === link.to);
    if (!from || !to || !stage) return [];
    if (link.detour) return [detour(from, to, spine)];
    if (link.kind === 'units') return pairs(from, to, stage, chosen);
    return link.kind === 'fan' ? fan(from, to, stage) : [band(from, to)];
  });
}

function pairs(from: Group, to: Group, stage: Stage, chosen: Choice | null): Strand[] {
  const many = from.boxes.length * to.boxes.length > MOST_PAIRS;
  const near = ({ path, unit }: Box): boolean =>
    path === chosen?.stage.path && unit === chosen.unit;
  const all = to.boxes.flatMap((end) =>
    from.boxes
      .filter((start) => !many || near(end) || near(start))
      .map((start) => strand(start, end, stage)),
  );
  return many ? [band(from, to), ...all] : all;
}

function fan(from: Group, to: Group, stage: Stage): Strand[] {
  const [start] = from.boxes;
  return start ? to.boxes.map((end) => ({ ...strand(start, end, stage), column: null })) : [];
}

function strand(start: Box, end: Box, stage: Stage): Strand {
  const [a, b] = [portOf(start, 'right'), portOf(end, 'left')];
  return {
    key: `${start.path}.${start.unit ?? ''}-${end.path}.${end.unit ?? ''}`,
    path: wirePath(a, b),
    from: start.path,
    to: end.path,
    row: end.unit,
    column: start.unit,
    parameter: weightOf(stage)?.name ?? null,
    isBand: false,
    label: wireAt(a, b, 0.72),
    bar: barAcross(a, b, 0.72),
  };
}

function band(from: Group, to: Group): Strand {
  const [a, b] = [edge(from, 'right'), edge(to, 'left')];
  return whole(from, to, bandPath(a, b), true, wireAt(a, b, 0.5));
}

function detour(from: Group, to: Group, spine: Spine): Strand {
  const [a, b] = [edge(from, 'right'), edge(to, 'left')];
  const low = a.y + b.y > spine.height;
  const level = low ? Math.max(from.bottom, to.bottom) - 3 : Math.min(from.top, to.top) + 3;
  return whole(from, to, detourPath(a, b, level), false, { x: (a.x + b.x) / 2, y: level });
}

function whole(from: Group, to: Group, path: string, isBand: boolean, label: Spot): Strand {
  const key = `${from.path}-${to.path}`;
  return {
    key,
    path,
    from: from.path,
    to: to.path,
    row: null,
    column: null,
    parameter: null,
    isBand,
    label,
    bar: '',
  };
}

/** The whole stretch of a group's portraits on one side. */
function edge(group: Group, side: 'left' | 'right'): Spot & { height: number } {
  const top = Math.min(...group.boxes.map(({ y }) => y));
  const bottom = Math.max(...group.boxes.map(({ y, height }) => y + height));
  const x = side === 'left' ? group.x - 3 : group.x + group.width + 3;
  return { x, y: (top + bottom) / 2, height: bottom - top };
}

/** Say how each strand is drawn, in the same order. */
export function strokesOf(
  strands: readonly Strand[],
  frames: Frames,
  show: Show,
  chosen: Choice | null,
): Stroke[] {
  const carried = carriedTo(strands, frames, show, chosen);
  const greatest = new Map<FrameArray, number>();
  const most = (array: FrameArray): number => {
    const known = greatest.get(array) ?? reachOf(array.values);
    greatest.set(array, known);
    return known;
  };
  return strands.map((strand): Stroke => {
    const load = carried.get(strand.key);
    if (load) return load;
    if (leaves(strand, chosen))
      return { width: 1.6, opacity: 1, kind: show === 'values' ? 'ahead' : 'rest' };
    const array = isSingle(strand) ? arrayOf(frames, strand, 'weight') : undefined;
    const width = array ? restingWidth(at(array, strand), most(array)) : 1;
    return { width, opacity: 1, kind: 'rest' };
  });
}

/** Whether a strand comes into the chosen unit. */
export function arrives({ to, row }: Strand, chosen: Choice | null): boolean {
  return to === chosen?.stage.path && row === chosen.unit;
}

/** Whether a strand comes out of the chosen unit. */
export function leaves({ from, column }: Strand, chosen: Choice | null): boolean {
  return from === chosen?.stage.path && column === chosen.unit;
}

/** Whether a strand stands for one weight, which can be read and set. */
export function isSingle({ parameter, row, column }: Strand): boolean {
  return parameter !== null && row !== null && column !== null;
}

/** What the chosen unit's incoming wires carry: contributions forwards, gradients of their weights backwards. */
function carriedTo(
  strands: readonly Strand[],
  frames: Frames,
  show: Show,
  chosen: Choice | null,
): Map<string, Stroke> {
  const coming = strands.filter((strand) => arrives(strand, chosen));
  const loads = coming.map((strand) => (show === 'values' ? contribution : pull)(frames, strand));
  const greatest = reachOf(loads.map((load) => load ?? 0));
  const [plus, minus] =
    show === 'values' ? (['positive', 'negative'] as const) : (['down', 'up'] as const);
  return new Map(
    coming.flatMap((strand, i): [string, Stroke][] => {
      const load = loads[i] ?? null;
      if (load === null) return [];
      const [width, opacity] = [speakingWidth(load, greatest), speakingOpacity(load, greatest)];
      return [[strand.key, { width, opacity, kind: load < 0 ? minus : plus }]];
    }),
  );
}

/** What comes through a wire into a sum; through a wire of many numbers, all their terms together. */
function contribution(frames: Frames, strand: Strand): number | null {
  const weights = arrayOf(frames, strand, 'weight');
  const values = frames.value?.array('output', strand.from)?.values;
  if (!weights || !values || strand.row === null) return null;
  if (strand.column !== null) return at(weights, strand) * (values[strand.column] ?? 0);
  const [, columns = 0] = weights.shape;
  if (columns !== values.length) return null;
  const row = weights.values.subarray(strand.row * columns, (strand.row + 1) * columns);
  let sum = 0;
  row.forEach((weight, i) => (sum += weight * (values[i] ?? 0)));
  return sum;
}

function pull(frames: Frames, strand: Strand): number | null {
  const slopes = isSingle(strand) ? arrayOf(frames, strand, 'grad') : undefined;
  return slopes ? at(slopes, strand) : null;
}

/** Numbers of a strand's parameter, unless they are so many that only a thumbnail came. */
function arrayOf(
  frames: Frames,
  { parameter }: Strand,
  name: 'weight' | 'grad',
): FrameArray | undefined {
  const array = parameter === null ? undefined : frames.weight?.array(name, parameter);
  return array?.dtype === 'uint8' ? undefined : array;
}

/** The number that a strand stands for. */
export function at(array: FrameArray, { row, column }: Pick<Strand, 'row' | 'column'>): number {
  const [, columns = 1] = array.shape;
  return array.values[(row ?? 0) * columns + (column ?? 0)] ?? 0;
}
