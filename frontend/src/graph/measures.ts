/** Sizes in the spine: portraits are whole pixels of their 25 cells, gaps give way first. */

import { RAILS } from './portrait';
import type { Portrait, PortraitKind } from './portrait';
import { RULES } from './sizes';
import type { Mode, Rules } from './sizes';

export type { Mode } from './sizes';

/** Room of one item: its heading stands above, its foot below. */
export interface Stretch {
  top: number;
  bottom: number;
}

interface Wanted {
  portrait: Portrait;
  hasGrid: boolean;
  isAnswer: boolean;
  isInput: boolean;
}

/** Below this height columns have names, but neither kinds nor feet. */
const TIGHT = 250;
const BARE = { head: 28, foot: 8 };
/** Columns of a sequence stand near each other. */
const BETWEEN_RAILS = 22;
/** Room of the brackets under the feet. */
const BRACKETS = 20;

const CAPS: Partial<Record<PortraitKind, number>> = { field: 8, curve: 8, template: 8, tile: 16 };
const MOST = 64;
const LEAST_GAP = 4;
/** A whole number of pixels for each cell is worth this much of a map's side. */
const WORTH = 0.92;
const LABEL = 17;
const WIDEST = 300;
/** Halvings of an interval of some hundred pixels, until less than one is left. */
const HALVINGS = 12;
const OFFER = 25;
const OFFERS = 50;
const LEAST_OFFER = 38;
const BESIDE = { answer: 62, several: 130 };

/** Take measure of a room. */
export function measure(
  room: { width: number; height: number; mode: Mode },
  columns: Wanted[][],
  offers: number,
) {
  const railed = columns.flat().some(({ portrait }) => RAILS.has(portrait.kind));
  const crowd = Math.max(1, ...columns.map(({ length }) => length));
  // Two sequences over each other have room for their names alone.
  const tight = isLow(room) || (railed && crowd > 1);
  const brackets = !tight && room.mode !== 'present' && isSplit(columns);
  const rules = rulesFor(room.mode, { tight, railed, brackets });
  const height = room.mode === 'phone' ? phoneHeight(rules, columns) : room.height;
  return {
    height,
    tight,
    brackets,
    foot: crowd > 1 ? Math.min(rules.foot, 44) : rules.foot,
    /** Whether unused features have room under each other. */
    offers: offers > 0 && (height - rules.head - rules.foot) / offers >= LEAST_OFFER,
    most: MOST,
    foldHeight: room.mode === 'desk' ? 28 : 44,
    cap: (kind: PortraitKind): number => CAPS[kind] ?? Infinity,
    slot: (i: number, of: number): Stretch => ({
      top: (height * i) / of,
      bottom: (height * (i + 1)) / of,
    }),
    body: (slot: Stretch | undefined): Stretch => ({
      top: (slot?.top ?? 0) + rules.head,
      bottom: (slot?.bottom ?? height) - (crowd > 1 ? Math.min(rules.foot, 44) : rules.foot),
    }),
    fit: (item: Wanted, count: number, free: number, open: boolean) =>
      fit(item, count, free, open, rules),
    offer: (i: number, of: number) => offer(i, of, height, rules),
    spread: (widths: number[], hasOffers: boolean) =>
      spread(widths, hasOffers, room.width, rules, columns.at(-1) ?? []),
  };
}

function isLow({ mode, height }: { mode: Mode; height: number }): boolean {
  return mode !== 'phone' && height < TIGHT;
}

function rulesFor(
  mode: Mode,
  { tight, railed, brackets }: { tight: boolean; railed: boolean; brackets: boolean },
): Rules {
  const rules = { ...RULES[mode], ...(tight ? BARE : {}) };
  if (railed) rules.between = BETWEEN_RAILS;
  if (brackets) rules.foot += BRACKETS;
  return rules;
}

/** Whether a row of columns begins on a grid of rows and columns and goes on without one. */
function isSplit(columns: Wanted[][]): boolean {
  const items = columns.flat();
  const grids = items.filter(({ hasGrid }) => hasGrid).length;
  return items.length === columns.length && grids > 0 && grids < items.length;
}

function phoneHeight(rules: Rules, columns: Wanted[][]): number {
  const [side = 50] = rules.sides;
  const rows = columns.map((items) =>
    items.reduce((sum, { portrait }) => sum + Math.min(8, portrait.count), 0),
  );
  const most = Math.max(3, ...columns.map((items, i) => (rows[i] ?? 1) + (items.length - 1)));
  return rules.head + rules.foot + 44 + most * (side + rules.gap);
}

/** The size of portraits, so that as many as are wanted stand in a column. */
function fit(item: Wanted, count: number, free: number, open: boolean, rules: Rules) {
  const { kind } = item.portrait;
  if (kind === 'field' || kind === 'curve' || kind === 'template')
    return square(item, count, free, open, rules);
  if (kind === 'tile') return tiles(item, count, free, rules);
  return column(sizeOfOne(item, free, rules));
}

function sizeOfOne(
  { portrait }: Wanted,
  free: number,
  rules: Rules,
): { width: number; height: number } {
  if (portrait.kind === 'barcode') {
    const cells = Math.min(256, portrait.rows);
    return { width: 20, height: wholeCells(Math.min(free, 22 * cells), cells) };
  }
  if (portrait.kind === 'chances') {
    const rows = Math.min(10, portrait.rows);
    return { width: rules.chances, height: Math.min(free, rules.row * rows) };
  }
  if (portrait.kind === 'matrix') {
    const side = Math.min(free, rules.answer[0] ?? 100);
    const tall = portrait.rows >= portrait.columns;
    const ratio = tall ? portrait.columns / portrait.rows : portrait.rows / portrait.columns;
    const short = Math.max(16, Math.round(side * ratio));
    return tall ? { width: short, height: side } : { width: side, height: short };
  }
  if (RAILS.has(portrait.kind)) return railOf(portrait, free, rules);
  return { width: 84, height: 44 };
}

/** A row for each place, as high as there is room; a cell for each key, or all features in one width. */
function railOf(
  { kind, rows, columns }: Portrait,
  free: number,
  rules: Rules,
): { width: number; height: number } {
  const place = Math.max(2, Math.min(rules.place, Math.floor(free / Math.max(1, rows))));
  const widths = {
    words: rules.words,
    weights: Math.max(24, Math.min(rules.weights, columns * place)),
  };
  const width =
    kind === 'words' || kind === 'weights' ? widths[kind] : Math.min(rules.rail, 8 * columns);
  return { width, height: place * rows };
}

function column({ width, height }: { width: number; height: number }) {
  return { width, height, pitch: height, across: 1, stagger: false, gap: 0, total: height };
}

function square(item: Wanted, count: number, free: number, open: boolean, rules: Rules) {
  const label = item.isInput && item.portrait.kind === 'field' ? LABEL : 0;
  const least = rules.least + label;
  const side = sideOf(
    item,
    count,
    open,
    rules,
    (each) => count * (each + least) - least + label <= free,
  );
  const rows = open ? Math.max(1, Math.floor((free + least) / (side + least))) : count;
  const across = Math.ceil(count / rows);
  const filled = Math.ceil(count / across);
  const slack = Math.floor((free - label - filled * side) / Math.max(1, filled - 1));
  const gap = filled > 1 ? Math.max(2, Math.min(rules.gap + label, slack)) : 0;
  const total = filled * side + (filled - 1) * gap + label;
  return { width: side, height: side, pitch: side + gap, across, stagger: false, gap: 6, total };
}

function sideOf(
  { portrait, isAnswer }: Wanted,
  count: number,
  open: boolean,
  rules: Rules,
  fits: (side: number) => boolean,
): number {
  const large = count === 1 && (isAnswer || portrait.kind === 'template');
  const sides = large ? rules.answer : rules.sides;
  return (open ? undefined : sides.find(fits)) ?? sides.at(-1) ?? 25;
}

/** Maps of rows and columns; more than eight stand in two columns, half a pitch apart, so that wires find gaps. */
function tiles({ portrait, isInput }: Wanted, count: number, free: number, rules: Rules) {
  const across = count > 8 ? 2 : 1;
  const rows = Math.ceil(count / across);
  const ratio = portrait.columns / portrait.rows;
  const largest = isInput && rows === 1 ? (rules.answer[0] ?? 100) : rules.tile;
  const room = (free - (rows - 1) * LEAST_GAP) / (rows + (across > 1 ? 0.5 : 0));
  const side = Math.max(8, Math.min(largest, Math.floor(room)));
  const height = wholeCells(side, portrait.rows);
  const width = Math.max(4, Math.round(height * ratio));
  const half = across > 1 ? 0.5 : 0;
  const slack = Math.floor((free - (rows + half) * height) / Math.max(1, rows - 1 + half));
  const gap = rows > 1 ? Math.max(2, Math.min(rules.gap, slack)) : 0;
  const pitch = height + gap;
  const total = rows * height + (rows - 1) * gap + (across > 1 ? pitch / 2 : 0);
  return { width, height, pitch, across, stagger: across > 1, gap: 5, total };
}

/** Cells of whole pixels look best, unless too much of the side were lost. */
function wholeCells(side: number, cells: number): number {
  const whole = Math.floor(side / cells) * cells;
  return whole >= WORTH * side ? whole : side;
}

function offer(i: number, of: number, height: number, rules: Rules) {
  const free = height - rules.head - rules.foot;
  const pitch = Math.min(OFFER + 21, free / Math.max(1, of));
  const top = rules.head + (free - of * pitch) / 2;
  return { y: Math.round(top + i * pitch), size: OFFER };
}

/** Columns from left to right, the free width between them, in the middle if there is too much of it. */
function spread(widths: number[], hasOffers: boolean, width: number, rules: Rules, last: Wanted[]) {
  const before = hasOffers ? OFFERS : rules.margin;
  const beside = Math.max(rules.margin, ...last.map((item) => besides(item, rules)));
  const gaps = gapsOf(widths, width - before - beside, rules);
  const needed = before + beside + sum(widths) + sum(gaps);
  const lefts: number[] = [];
  let x = before + Math.max(0, (width - needed) / 2);
  widths.forEach((each, i) => {
    lefts.push(x);
    x += each + (gaps[i] ?? 0);
  });
  return { lefts, width: Math.max(width, Math.ceil(needed)) };
}

/** Room between columns: what is free, so that narrow ones stand as far apart as their headings and feet are wide. */
function gapsOf(widths: number[], free: number, rules: Rules): number[] {
  const spare = widths.map((each) => Math.max(0, rules.column - each) / 2);
  const at = (more: number): number[] =>
    widths.slice(1).map((_, i) => {
      const wanted = (spare[i] ?? 0) + (spare[i + 1] ?? 0) + more;
      return Math.min(WIDEST, Math.max(rules.between, wanted));
    });
  let [low, high] = [-rules.column, WIDEST];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (sum(widths) + sum(at(middle)) <= free) low = middle;
    else high = middle;
  }
  return at(low);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

/** What is written to the right of the last column. */
function besides({ portrait, isAnswer }: Wanted, rules: Rules): number {
  if (isAnswer && portrait.kind === 'rail') return rules.words + 8;
  const fields =
    portrait.kind === 'field' || portrait.kind === 'curve' || portrait.kind === 'template';
  if (!fields) return portrait.kind === 'number' ? 12 : 0;
  return portrait.count > 1 ? BESIDE.several : BESIDE.answer;
}
