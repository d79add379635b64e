/** Which part of every earlier map a cell sees, through all windows between. */

import { gridOf } from './choice';
import type { Grid } from './choice';
import type { Cell } from './cursor';
import { layerAt } from './layer';
import { originOf } from './stages';
import type { Entrance, Stage } from './stages';
import type { Graph, TensorSpec } from '../wire/schema';

/** Rows and columns from the first to just before the end, within the map. */
export interface Window {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

interface Net {
  stages: readonly Stage[];
  entrances: readonly Entrance[];
  graph: Pick<Graph, 'nodes'>;
}

/** Follow a cell back through the network: its window on each stage and input that lies on a grid, itself apart. */
export function windowsOf(net: Net, path: string, cell: Cell): Map<string, Window> {
  const { row, column } = cell;
  const seen = new Map([[path, { top: row, left: column, bottom: row + 1, right: column + 1 }]]);
  for (const stage of net.stages.toReversed()) {
    const at = seen.get(stage.path);
    if (!at) continue;
    for (const source of stage.sources) {
      const origin = originOf(source, net.stages);
      const grid = gridOf(specOf(net, origin));
      if (!grid) continue;
      const window = within(back(at, stage, grid, net), grid);
      seen.set(origin, joined(seen.get(origin), window));
    }
  }
  seen.delete(path);
  return seen;
}

function specOf({ stages, entrances }: Net, path: string): TensorSpec | null {
  const stage = stages.find((each) => each.path === path);
  return (stage ? stage.output : entrances.find(({ name }) => name === path)?.spec) ?? null;
}

/** The window that a stage needs of a map to make a window of its own; all of it where it has no window. */
function back(at: Window, stage: Stage, grid: Grid, { graph }: Net): Window {
  const settings = layerAt(graph, stage.path);
  const [down, across] = [0, 1].map((axis) => slide(settings, axis));
  const own = gridOf(stage.output);
  if (down && across) {
    return {
      top: at.top * down.stride - down.padding,
      left: at.left * across.stride - across.padding,
      bottom: (at.bottom - 1) * down.stride - down.padding + down.reach,
      right: (at.right - 1) * across.stride - across.padding + across.reach,
    };
  }
  if (own?.rows === grid.rows && own.columns === grid.columns) return at;
  return { top: 0, left: 0, bottom: grid.rows, right: grid.columns };
}

interface Slide {
  reach: number;
  stride: number;
  padding: number;
}

/** How a layer slides along one axis; null if it has no window. */
function slide(settings: Readonly<Record<string, unknown>>, axis: number): Slide | null {
  const along = (name: string): number | null => {
    const value = settings[name];
    const one: unknown = Array.isArray(value) ? value[axis] : value;
    return typeof one === 'number' ? one : null;
  };
  const kernel = along('kernel_size');
  if (kernel === null) return null;
  const reach = (kernel - 1) * (along('dilation') ?? 1) + 1;
  // Pooling moves by its own size unless told otherwise; convolutions always say.
  const stride = along('stride') ?? (isFilter(settings) ? 1 : kernel);
  const padding = settings['padding'] === 'same' ? Math.floor((reach - 1) / 2) : along('padding');
  return { reach, stride, padding: padding ?? 0 };
}

function isFilter({ kind }: Readonly<Record<string, unknown>>): boolean {
  return typeof kind === 'string' && kind.includes('Conv');
}

function within(window: Window, { rows, columns }: Grid): Window {
  return {
    top: Math.max(0, window.top),
    left: Math.max(0, window.left),
    bottom: Math.min(rows, window.bottom),
    right: Math.min(columns, window.right),
  };
}

function joined(one: Window | undefined, other: Window): Window {
  if (!one) return other;
  return {
    top: Math.min(one.top, other.top),
    left: Math.min(one.left, other.left),
    bottom: Math.max(one.bottom, other.bottom),
    right: Math.max(one.right, other.right),
  };
}
