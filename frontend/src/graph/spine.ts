/** The spine: where every column, portrait, heading and wire of the network stands, in pixels. */

import { columnsOf } from './columns';
import { bracketsOf, linksOf } from './links';
import { measure } from './measures';
import type { Mode } from './measures';
import { RAILS, hasGrid, portraitOf } from './portrait';
import type { Ground, Portrait, PortraitKind } from './portrait';
import { originOf, shapeText, weightOf } from './stages';
import type { Entrance, Stage } from './stages';

/** What is to be laid out. */
export interface Scene {
  stages: readonly Stage[];
  entrances: readonly Entrance[];
  ground: Ground;
  /** Features of the plane that a network can be told, in use or not. */
  features: readonly { name: string; used: boolean }[];
  /** Number of classes to choose from; 0: the answer is no class. */
  classes: number;
  /** Units of wide stages, the most active first; others fold in the order of their numbers. */
  active: ReadonlyMap<string, readonly number[]>;
  /** Stages of which all units are shown. */
  unfolded: ReadonlySet<string>;
  /** Of sequences: how many places the example has, by axis, and what attends, with its queries and keys. */
  lengths?: ReadonlyMap<string, number>;
  weights?: ReadonlyMap<string, readonly [number, number]>;
  /** The unit that is looked at; never folded away. */
  chosen: { path: string; unit: number } | null;
}

/** One portrait. `unit` counts from 0; null: all units of the stage in one picture. */
export interface Box {
  path: string;
  unit: number | null;
  kind: PortraitKind;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A stage or an input of the network, as one column of portraits with a heading and a foot. */
export interface Group {
  path: string;
  isInput: boolean;
  portrait: Portrait;
  boxes: Box[];
  /** Left edge and width of its portraits; top and bottom of the room that it has. */
  x: number;
  width: number;
  top: number;
  bottom: number;
  /** Where its heading begins, and the room of its foot. */
  heading: number;
  foot: number;
  /** Column from the left, counted from 0. */
  column: number;
  /** Middle of heading and foot. */
  middle: number;
  shape: string;
  /** Whether it lies on a grid of rows and columns. */
  hasGrid: boolean;
  /** Where the switch between some and all units stands; null: all are shown. */
  fold: { x: number; y: number; open: boolean; count: number } | null;
}

/** A feature that the network is not told, offered at the left. */
export interface Offer {
  name: string;
  x: number;
  y: number;
  size: number;
}

/**
 * units: a wire for each pair; each: a wire from every one to its own; fan: one wire to each unit; band: all to all,
 * not told apart. A detour leads around the columns between.
 */
export interface Link {
  from: string;
  to: string;
  kind: 'units' | 'each' | 'fan' | 'band';
  detour: boolean;
}

/** Columns under which one sentence stands: those that keep rows and columns, or those that have none any more. */
export interface Bracket {
  kept: boolean;
  left: number;
  right: number;
  y: number;
  parameters: number;
}

export interface Spine {
  width: number;
  height: number;
  /** Whether there is no room for what columns are, and for their feet. */
  tight: boolean;
  groups: Group[];
  offers: Offer[];
  links: Link[];
  brackets: Bracket[];
}

/** The room that there is. */
export interface Room {
  width: number;
  height: number;
  mode: Mode;
}

/** How far left of the features the others are offered. */
const OFFSET = 46;

/** One thing in a column, before it has a place. */
interface Item {
  path: string;
  isInput: boolean;
  portrait: Portrait;
  shape: string;
  hasGrid: boolean;
  isAnswer: boolean;
}

/** Lay out the spine. */
export function layOut(scene: Scene, room: Room): Spine {
  const columns = columnsOf(scene.stages, scene.entrances).map((paths) =>
    paths.map((path) => itemOf(path, scene)),
  );
  const unused = scene.ground === 'plane' ? scene.features.filter(({ used }) => !used) : [];
  const sizes = measure(room, columns, unused.length);
  const offers = sizes.offers ? unused : [];
  const slots = columns.map((items) => items.map((item, i) => sizes.slot(i, items.length)));
  const plans = columns.map((items, c) =>
    items.map((item, i) => planOf(item, scene, sizes.body(slots[c]?.[i]), sizes)),
  );
  const widths = plans.map((column) => Math.max(...column.map((plan) => plan.width)));
  const { lefts, width } = sizes.spread(widths, offers.length > 0);
  const groups = plans.flatMap((column, c) =>
    column.map((plan, i) => {
      const slot = slots[c]?.[i] ?? { top: 0, bottom: room.height };
      return placed(plan, sizes.body(slot), {
        left: lefts[c] ?? 0,
        width: widths[c] ?? 0,
        column: c,
        heading: slot.top,
        foot: sizes.foot,
      });
    }),
  );
  return {
    width,
    height: sizes.height,
    tight: sizes.tight,
    groups,
    offers: offers.map(({ name }, i) => ({
      name,
      x: Math.round((lefts[0] ?? 0) - OFFSET),
      ...sizes.offer(i, offers.length),
    })),
    links: linksOf(scene.stages, groups),
    brackets: sizes.brackets ? bracketsOf(groups, scene.stages) : [],
  };
}

type Measures = ReturnType<typeof measure>;

interface Plan {
  item: Item;
  units: (number | null)[];
  box: { width: number; height: number; pitch: number };
  /** Portraits beside each other; in the second of two staggered columns they stand half a pitch lower. */
  across: number;
  stagger: boolean;
  width: number;
  height: number;
  open: boolean | null;
}

function itemOf(path: string, scene: Scene): Item {
  const entrance = scene.entrances.find(({ name }) => name === path);
  const stage = scene.stages.find((candidate) => candidate.path === path);
  const spec = (stage ? stage.output : entrance?.spec) ?? null;
  const isAnswer = stage?.isOutput ?? false;
  const portrait = portraitOf(spec, {
    ground: scene.ground,
    reads: stage ? readsOf(stage, scene) : null,
    chooses: isAnswer && scene.classes > 2,
    ...(scene.lengths ? { lengths: scene.lengths } : {}),
    weights: scene.weights?.get(path),
  });
  return {
    path,
    isInput: !stage,
    portrait,
    shape: shapeText(spec),
    hasGrid: hasGrid(spec),
    isAnswer,
  };
}

/** What a stage adds up, before it was laid out in a row. */
export function readsOf(stage: Stage, scene: Pick<Scene, 'stages' | 'entrances'>): Stage['output'] {
  const [source] = stage.sources;
  if (source === undefined || !weightOf(stage)) return null;
  const origin = originOf(source, scene.stages);
  const maker = scene.stages.find(({ path }) => path === origin);
  return (maker ? maker.output : scene.entrances.find(({ name }) => name === origin)?.spec) ?? null;
}

function planOf(
  item: Item,
  scene: Scene,
  body: { top: number; bottom: number },
  sizes: Measures,
): Plan {
  const height = body.bottom - body.top;
  const { portrait, path } = item;
  const cap = sizes.cap(portrait.kind);
  const folds = portrait.count > cap;
  const open = folds && scene.unfolded.has(path);
  const shown = shownUnits(item, scene, open ? sizes.most : cap);
  const free = folds ? height - sizes.foldHeight : height;
  const fit = sizes.fit(item, shown.length, free, open);
  return {
    item,
    units: shown,
    box: fit,
    across: fit.across,
    stagger: fit.stagger,
    width: fit.across * fit.width + (fit.across - 1) * fit.gap,
    height: fit.total + (folds ? sizes.foldHeight : 0),
    open: folds ? open : null,
  };
}

/** Portraits of all units in one picture. */
const WHOLE: ReadonlySet<PortraitKind> = new Set(['barcode', 'chances', 'matrix', ...RAILS]);

function shownUnits({ portrait, path }: Item, scene: Scene, cap: number): (number | null)[] {
  if (WHOLE.has(portrait.kind)) return [null];
  const all = Array.from({ length: portrait.count }, (_, i) => i);
  if (portrait.count <= cap) return all;
  const ranked = scene.active.get(path) ?? all;
  const chosen = scene.chosen?.path === path ? [scene.chosen.unit] : [];
  return [...new Set([...chosen, ...ranked])].slice(0, cap).sort((a, b) => a - b);
}

function placed(
  plan: Plan,
  body: { top: number; bottom: number },
  at: { left: number; width: number; column: number; heading: number; foot: number },
): Group {
  const { item, box, across, stagger } = plan;
  const x = Math.round(at.left + (at.width - plan.width) / 2);
  const y = Math.round((body.top + body.bottom - plan.height) / 2);
  const stepX = across > 1 ? (plan.width - box.width) / (across - 1) : 0;
  const boxes = plan.units.map((unit, i): Box => {
    const [row, column] = [Math.floor(i / across), i % across];
    const lower = stagger && column % 2 ? box.pitch / 2 : 0;
    return {
      path: item.path,
      unit,
      kind: item.portrait.kind,
      x: Math.round(x + column * stepX),
      y: Math.round(y + row * box.pitch + lower),
      width: box.width,
      height: box.height,
    };
  });
  const middle = x + plan.width / 2;
  const below = Math.max(...boxes.map((each) => each.y + each.height));
  return {
    path: item.path,
    isInput: item.isInput,
    portrait: item.portrait,
    boxes,
    x,
    width: plan.width,
    ...body,
    heading: at.heading,
    foot: at.foot,
    column: at.column,
    middle,
    shape: item.shape,
    hasGrid: item.hasGrid,
    fold:
      plan.open === null
        ? null
        : { x: middle, y: below, open: plan.open, count: item.portrait.count },
  };
}

/** Where a wire leaves a portrait, and where one comes in. */
export function portOf(box: Box, side: 'left' | 'right'): { x: number; y: number } {
  return { x: side === 'left' ? box.x - 3 : box.x + box.width + 3, y: box.y + box.height / 2 };
}
