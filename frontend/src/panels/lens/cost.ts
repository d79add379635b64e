/** What a window over maps costs with other settings: asked of the service, which counts every network the same way. */

import { gridOf } from '../../graph/choice';
import type { Stage } from '../../graph/stages';
import { inspectGraph } from '../../wire/rest';
import type { Graph, Inspection } from '../../wire/schema';
import { inflow } from './maps';
import type { Around } from './maps';

/** Settings of one layer, and the volume that it is given: channels, rows, columns. */
export interface Plan {
  input: [number, number, number];
  filters: number;
  size: number;
  stride: number;
  padding: number;
  /** Units of the dense layer beside it; null: as many as the layer has outputs. */
  units: number | null;
}

export interface Cost {
  output: number[];
  parameters: number;
  dense: number;
  formula: string;
  /** Why it does not fit, as a sentence. */
  problem: string | null;
}

/** A colour photograph into a thousand units: three billion numbers. */
export const LECTURE: Partial<Plan> = { input: [3, 1000, 1000], units: 1000 };

/** Begin with a stage as it is: its window and stride follow from its shapes. */
export function begin(stage: Stage, around: Around): Plan | null {
  const [from, to] = [inflow(stage, around), stage.output];
  const grid = gridOf(from);
  const places = gridOf(to);
  if (!grid || !places) return null;
  const ratio = Math.max(1, Math.round(grid.rows / places.rows));
  const size = windowOf(stage) ?? ratio;
  // The least stride at which the window goes from edge to edge.
  const stride = Math.max(1, Math.floor((grid.rows - size) / Math.max(1, places.rows - 1)));
  const covered = (places.rows - 1) * stride + size;
  return {
    input: [channelsOf(from), grid.rows, grid.columns],
    filters: channelsOf(to),
    size,
    stride,
    padding: Math.max(0, Math.ceil((covered - grid.rows) / 2)),
    units: null,
  };
}

function windowOf(stage: Stage): number | undefined {
  return Object.values(stage.parameterShapes)
    .find((shape) => shape.length > 2)
    ?.at(-1);
}

function channelsOf(spec: Stage['output']): number {
  return spec?.shape[0] ?? 1;
}

/** Ask what a plan costs. */
export async function cost(plan: Plan): Promise<Cost> {
  return read(plan, await inspectGraph(document(plan)));
}

/** The network of one layer that a plan is. */
export function document({ input, filters, size, stride, padding }: Plan): Graph {
  return {
    version: 1,
    inputs: { x: { axes: ['C', 'H', 'W'], shape: input, dtype: 'float32' } },
    nodes: [
      {
        id: 'layer',
        layer: { kind: 'Conv2d', out_channels: filters, kernel_size: size, stride, padding },
        inputs: ['x'],
      },
    ],
    outputs: { y: 'layer' },
  } as unknown as Graph;
}

/** Read the service's answer. */
export function read(plan: Plan, { nodes, problems, parameters }: Inspection): Cost {
  const [node] = nodes;
  const output = Object.values(node?.outputs ?? {})[0]?.shape ?? [];
  const volume = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1);
  const shapes = Object.values(node?.parameter_shapes ?? {});
  return {
    output,
    parameters,
    dense: (volume(plan.input) + 1) * (plan.units ?? volume(output)),
    formula: shapes.map(product).join(' + '),
    problem: problems[0]?.message ?? null,
  };
}

function product([first = 1, ...rest]: readonly number[]): string {
  return rest.length ? `${first}·(${rest.join('·')})` : String(first);
}
