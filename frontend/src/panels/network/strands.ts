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
import { carriedBy } from './carried';
import type { Loads } from './loads';
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
  /** How many units there are where it comes from. */
  of: number;
  isBand: boolean;
  /** Whether it leads to a unit's own one and only source. */
  isOwn: boolean;
  /** Whether it is drawn for the chosen unit alone, over a band. */
  isExtra: boolean;
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

/** Units of one picture that are told apart where they lead to the chosen one. */
const MOST_EXTRA = 256;
/** Where so many wires arrive, those that carry less than a share of the greatest are left out. */
const MANY = 32;
const WEAK = 0.1;

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
    if (link.kind === 'each') return each(from, to, stage);
    if (link.kind === 'fan') return fan(from, to, stage);
    return [band(from, to), ...extras(from, to, stage, chosen)];
  });
}

/** From every map to the one that is made of it. */
function each(from: Group, to: Group, stage: Stage): Strand[] {
  return to.boxes.flatMap((end) =>
    from.boxes
      .filter(({ unit }) => unit === end.unit)
      .map((start) => ({ ...strand(start, end, stage, from), isOwn: true })),
  );
}

/** Into one unit of a picture of many, from all that it reads. */
function extras(from: Group, to: Group, stage: Stage, chosen: Choice | null): Strand[] {
  if (to.path !== chosen?.stage.path) return [];
  const end = partsOf(to).find(({ unit }) => unit === chosen.unit);
  const starts = partsOf(from);
  if (!end || starts.length > MOST_EXTRA) return [];
  return starts.map((start) => ({
    ...strand(start, end, stage, from),
    parameter: null,
    isExtra: true,
  }));
}

/** Units of a group as places of their own, though they may stand in one picture. */
function partsOf({ boxes, portrait }: Group): Box[] {
  const [whole] = boxes;
  if (whole?.unit !== null) return boxes;
  if (portrait.kind !== 'barcode' && portrait.kind !== 'chances') return [];
  const height = whole.height / portrait.rows;
  return Array.from({ length: portrait.rows }, (_, unit) => ({
    ...whole,
    unit,
    y: whole.y + unit * height,
    height,
  }));
}

/** How many units a group's picture stands for. */
function countOf({ portrait }: Group): number {
  return portrait.kind === 'barcode' || portrait.kind === 'chances'
    ? portrait.rows
    : portrait.count;
}

function pairs(from: Group, to: Group, stage: Stage, chosen: Choice | null): Strand[] {
  const many = from.boxes.length * to.boxes.length > MOST_PAIRS;
  const near = ({ path, unit }: Box): boolean =>
    path === chosen?.stage.path && unit === chosen.unit;
  const all = to.boxes.flatMap((end) =>
    from.boxes
      .filter((start) => !many || near(end) || near(start))
      .map((start) => strand(start, end, stage, from)),
  );
  return many ? [band(from, to), ...all] : all;
}

function fan(from: Group, to: Group, stage: Stage): Strand[] {
  const [start] = from.boxes;
  return start ? to.boxes.map((end) => ({ ...strand(start, end, stage, from), column: null })) : [];
}

function strand(start: Box, end: Box, stage: Stage, from: Group): Strand {
  const [a, b] = [portOf(start, 'right'), portOf(end, 'left')];
  return {
    key: `${start.path}.${start.unit ?? ''}-${end.path}.${end.unit ?? ''}`,
    path: wirePath(a, b),
    from: start.path,
    to: end.path,
    row: end.unit,
    column: start.unit,
    parameter: weightOf(stage)?.name ?? null,
    of: countOf(from),
    isBand: false,
    isOwn: false,
    isExtra: false,
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
    of: countOf(from),
    isBand,
    isOwn: false,
    isExtra: false,
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

/** Width of a wire of which no single weight is known. */
const PLAIN = 0.8;

/** Say how each strand is drawn, in the same order. */
export function strokesOf(
  strands: readonly Strand[],
  frames: Frames,
  show: Show,
  chosen: Choice | null,
  loads: Loads = new Map(),
): Stroke[] {
  const carried = carriedTo(strands, frames, show, chosen, loads);
  const greatest = new Map<FrameArray, number>();
  const most = (array: FrameArray): number => {
    const known = greatest.get(array) ?? reachOf(array.values);
    greatest.set(array, known);
    return known;
  };
  return strands.map((strand): Stroke => {
    const load = carried.get(strand.key);
    if (load) return load;
    if (leaves(strand, chosen) || (strand.isOwn && arrives(strand, chosen)))
      return { width: 1.6, opacity: 1, kind: show === 'values' ? 'ahead' : 'rest' };
    if (strand.isExtra) return { width: 0, opacity: 0, kind: 'rest' };
    const array = isSingle(strand) ? arrayOf(frames, strand, 'weight') : undefined;
    const width = array ? restingWidth(at(array, strand), most(array)) : PLAIN;
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
  known: Loads,
): Map<string, Stroke> {
  const coming = strands.filter((strand) => arrives(strand, chosen));
  const loads = coming.map((strand) => carriedBy(strand, frames, show, known));
  const greatest = reachOf(loads.map((load) => load ?? 0));
  const [plus, minus] =
    show === 'values' ? (['positive', 'negative'] as const) : (['down', 'up'] as const);
  const least = coming.length > MANY ? WEAK * greatest : 0;
  return new Map(
    coming.flatMap((strand, i): [string, Stroke][] => {
      const load = loads[i] ?? null;
      if (load === null || Math.abs(load) < least) return [];
      const [width, opacity] = [speakingWidth(load, greatest), speakingOpacity(load, greatest)];
      return [[strand.key, { width, opacity, kind: load < 0 ? minus : plus }]];
    }),
  );
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
