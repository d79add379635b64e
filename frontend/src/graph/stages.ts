/** Stages: what the network is drawn as. A node with the elementwise nodes that follow it is one stage. */

import { isQuiet } from './rails';
import type { InspectedNode, Inspection, TensorSpec } from '../wire/schema';

export interface Stage {
  /** Path of the node that leads the stage: its one name everywhere. */
  path: string;
  /** Kind of its layer. */
  kind: string;
  /** The elementwise node after it that names its activation, if there is one. */
  activation: { path: string; kind: string } | null;
  /** All node paths in it, in order. */
  nodes: string[];
  /** Kinds of the elementwise nodes in it, in order. */
  activations: string[];
  /** What comes out of it; null: unknown. */
  output: TensorSpec | null;
  /** Learned numbers, and the shapes of its tensors by full name: `hidden1.weight`. */
  parameters: number;
  parameterShapes: Record<string, number[]>;
  /** Stages and graph inputs that feed it, each once. */
  sources: string[];
  /** Whether it only arranges the same numbers differently, all in their old order. */
  rearranges: boolean;
  /** How many equal places it stands for. */
  repeat: number;
  /** Whether an output of the network shows it. */
  isOutput: boolean;
}

/** Something that the network is given. */
export interface Entrance {
  name: string;
  spec: TensorSpec | null;
}

const REARRANGING = new Set(['Flatten', 'Reshape', 'Unsqueeze']);

/** Fold a network's nodes into stages, in order of computation. `shown`: what the graph's outputs refer to. */
export function stagesOf(inspection: Inspection, shown: readonly string[] = []): Stage[] {
  const resolve = resolver(inspection);
  const readers = countReaders(inspection, resolve);
  const visible = new Set(shown.map((reference) => resolve(reference)));
  const stages: Stage[] = [];
  const home = new Map<string, Stage>();
  for (const node of inspection.nodes) {
    const only = node.inputs.map((wire) => resolve(wire.source)).join();
    const before = home.get(only);
    const follows = node.elementwise && readers.get(only) === 1 && !visible.has(only);
    if (follows && before?.nodes.at(-1) === only) {
      join(before, node);
      home.set(node.path, before);
    } else {
      const stage = lead(node, home, resolve);
      stages.push(stage);
      home.set(node.path, stage);
    }
  }
  for (const stage of stages) stage.isOutput = isShown(stage, visible, readers);
  return stages;
}

function isShown(
  stage: Stage,
  visible: ReadonlySet<string>,
  readers: ReadonlyMap<string, number>,
): boolean {
  const end = stage.nodes.at(-1) ?? stage.path;
  return visible.has(end) || !readers.has(end);
}

/** List what the network is given, in the order in which it is first read. */
export function entrancesOf(inspection: Inspection): Entrance[] {
  const resolve = resolver(inspection);
  const nodes = new Set(inspection.nodes.map((node) => node.path));
  const found = new Map<string, Entrance>();
  for (const node of inspection.nodes) {
    for (const wire of node.inputs) {
      const name = resolve(wire.source);
      if (!nodes.has(name) && !found.has(name)) found.set(name, { name, spec: wire.spec });
    }
  }
  return [...found.values()];
}

/** How a name reads: `hidden1` as `hidden 1`, `blocks.0.self_attention` as `self attention`. */
export function titleOf(path: string): string {
  const parts = path.split('.').filter((part) => !/^\d+$/.test(part));
  const last = parts.at(-1) ?? path;
  return last
    .replaceAll('_', ' ')
    .replace(/([a-z])(\d)/g, '$1 $2')
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}

/** How a shape reads: `16×8×8`, without the batch. */
export function shapeText(spec: TensorSpec | null): string {
  if (!spec) return '?';
  return spec.shape.length ? spec.shape.join('×') : '1';
}

/** How many numbers a tensor has. */
export function sizeOf(spec: TensorSpec | null): number {
  return spec ? spec.shape.reduce((size, length) => size * length, 1) : 0;
}

/** How many units a stage has: its channels or features; all else in one. */
export function unitsOf(spec: TensorSpec | null): number {
  const [axis] = spec?.axes ?? [];
  const [length = 1] = spec?.shape ?? [];
  return axis === 'D' || axis === 'K' || axis === 'C' ? length : 1;
}

/** The weights of a stage by which each unit adds up its inputs: outputs × inputs; null if it does not. */
export function weightOf(stage: Stage): { name: string; rows: number; columns: number } | null {
  const name = `${stage.path}.weight`;
  const shape = stage.parameterShapes[name];
  const [rows, columns] = shape ?? [];
  return shape?.length === 2 && rows && columns ? { name, rows, columns } : null;
}

/** The weights of a stage that slides windows over maps: one window for each map and each that it sees. */
export function filtersOf(stage: Stage): { name: string; shape: readonly number[] } | null {
  const name = `${stage.path}.weight`;
  const shape = stage.parameterShapes[name] ?? [];
  return shape.length > 2 ? { name, shape } : null;
}

/** Follow a source back through what only rearranges: where its numbers were made, in the same order. */
export function originOf(source: string, stages: readonly Stage[]): string {
  const stage = stages.find((candidate) => candidate.path === source);
  const [before] = stage?.sources ?? [];
  return stage?.rearranges && before !== undefined ? originOf(before, stages) : source;
}

/** Follow a source back to a stage that is drawn. */
export function shownOrigin(source: string, stages: readonly Stage[]): string {
  const stage = stages.find((candidate) => candidate.path === source);
  if (!stage?.rearranges && !(stage && isQuiet(stage))) return source;
  const ranks = new Map(stages.map(({ path }, i) => [path, i]));
  // Of a branch and what goes past it, the branch is what was computed last.
  const rank = (path: string): number => ranks.get(path) ?? -1;
  const before = stage.rearranges
    ? stage.sources[0]
    : stage.sources.toSorted((a, b) => rank(b) - rank(a))[0];
  return before === undefined ? source : shownOrigin(before, stages);
}

/** Paths of folded repetitions lead to the one that stands for them. */
function resolver(inspection: Inspection): (source: string) => string {
  // Inner blocks are listed first; a path is led from the outside in.
  const folds = inspection.blocks
    .toReversed()
    .flatMap(({ path, first, count }) =>
      first === null ? [] : [{ head: `${path}.`, first, count }],
    );
  return (source) => {
    let path = withoutPort(source);
    for (const { head, first, count } of folds) {
      const [number = '', ...rest] = path.startsWith(head)
        ? path.slice(head.length).split('.')
        : [];
      const inFold = number !== '' && Number(number) >= first && Number(number) < first + count;
      if (inFold) path = [head + String(first), ...rest].join('.');
    }
    return path;
  };
}

function withoutPort(source: string): string {
  return source.split(':')[0] ?? source;
}

function countReaders(
  inspection: Inspection,
  resolve: (source: string) => string,
): Map<string, number> {
  const readers = new Map<string, number>();
  for (const node of inspection.nodes) {
    for (const wire of node.inputs) {
      const source = resolve(wire.source);
      readers.set(source, (readers.get(source) ?? 0) + 1);
    }
  }
  return readers;
}

function lead(
  node: InspectedNode,
  home: ReadonlyMap<string, Stage>,
  resolve: (source: string) => string,
): Stage {
  const sources = node.inputs.map((wire) => {
    const source = resolve(wire.source);
    return home.get(source)?.path ?? source;
  });
  return {
    path: node.path,
    kind: node.kind,
    activation: null,
    nodes: [node.path],
    activations: [],
    output: output(node),
    parameters: node.parameters * node.repeat,
    parameterShapes: named(node),
    sources: [...new Set(sources)],
    rearranges: REARRANGING.has(node.kind),
    repeat: node.repeat,
    isOutput: false,
  };
}

function join(stage: Stage, node: InspectedNode): void {
  stage.nodes.push(node.path);
  stage.activations.push(node.kind);
  stage.activation ??= { path: node.path, kind: node.kind };
  stage.output = output(node);
  stage.parameters += node.parameters * node.repeat;
  Object.assign(stage.parameterShapes, named(node));
}

function named(node: InspectedNode): Record<string, number[]> {
  const shapes = Object.entries(node.parameter_shapes);
  return Object.fromEntries(shapes.map(([name, shape]) => [`${node.path}.${name}`, shape]));
}

function output(node: InspectedNode): TensorSpec | null {
  return Object.values(node.outputs)[0] ?? null;
}
