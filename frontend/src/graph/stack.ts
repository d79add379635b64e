/** A network as a stack: its parts in a row from input to output, and what flows between them. */

import type { Graph, Inspection, TensorSpec } from '../wire/schema';
import { insideOf, wiresOf } from './edit';
import { enter, isBlock, join, named, sourcesOf } from './parts';
import type { Inside, Part, Scope } from './parts';
import type { Wire } from './joints';

/** A part in its place. */
export interface Row {
  path: string;
  scope: Scope;
  /** How many blocks it is in. */
  depth: number;
  part: Part;
  /** The wires that lead into it; the first is the one that it stands on. */
  wires: Wire[];
  /** Path of the row, or name of the input, that its first wire comes from. */
  from: string | null;
  /** Whether it is on no way that the first wires lead to the output. */
  isBranch: boolean;
  isBypassed: boolean;
}

/** All parts from input to output, each branch in one piece; those inside of the blocks that are `open`. */
export function rowsOf(
  graph: Graph,
  open: ReadonlySet<string>,
  scope: Scope = '',
  depth = 0,
): Row[] {
  const inside = insideOf(graph, scope);
  if (!inside) return [];
  const trunk = trunkOf(inside);
  const wires = wiresOf(graph, scope);
  const into = new Map<string | null, Wire[]>(inside.nodes.map(({ id }) => [id, []]));
  for (const wire of wires) into.get(wire.end.part)?.push(wire);
  const read = new Set(wires.map(({ source }) => named(source)));
  return inOrder(inside).flatMap((part) => {
    const path = join(scope, part.id);
    const own = into.get(part.id) ?? [];
    const row: Row = {
      path,
      scope,
      depth,
      part,
      wires: own,
      from: own[0] ? join(scope, named(own[0].source)) : null,
      isBranch: !trunk.has(part.id),
      isBypassed: own.length > 0 && !read.has(part.id),
    };
    const isOpen = isBlock(part) && open.has(path);
    return isOpen ? [row, ...rowsOf(graph, open, enter(scope, part), depth + 1)] : [row];
  });
}

/** The same things; of those that are as they were, the very ones. */
export function steady<T extends { path: string }>(
  things: readonly T[],
  before: readonly T[],
): T[] {
  const known = new Map(before.map((thing) => [thing.path, thing]));
  return things.map((thing) => {
    const old = known.get(thing.path);
    return old && JSON.stringify(old) === JSON.stringify(thing) ? old : thing;
  });
}

/** Parts behind all that feeds them, branch after branch; those that nothing reads behind what they read. */
function inOrder(inside: Inside): Part[] {
  const parts = new Map(inside.nodes.map((part) => [part.id, part]));
  const seen = new Set<string>();
  const order: Part[] = [];
  const visit = (id: string): void => {
    const part = parts.get(id);
    if (!part || seen.has(id)) return;
    seen.add(id);
    sourcesOf(part).map(named).forEach(visit);
    order.push(part);
  };
  Object.values(inside.outputs).map(named).forEach(visit);
  for (const part of inside.nodes) {
    if (seen.has(part.id)) continue;
    const before = order.length;
    visit(part.id);
    const aside = order.splice(before);
    const from = named(sourcesOf(aside[0] ?? part)[0] ?? '');
    order.splice(order.findIndex(({ id }) => id === from) + 1, 0, ...aside);
  }
  return order;
}

/** The parts on the way from the first output back along first inputs. */
function trunkOf(inside: Inside): Set<string> {
  const parts = new Map(inside.nodes.map((part) => [part.id, part]));
  const trunk = new Set<string>();
  let id: string | undefined = Object.values(inside.outputs).map(named)[0];
  while (id !== undefined && !trunk.has(id)) {
    trunk.add(id);
    const part = parts.get(id);
    id = part && sourcesOf(part).map(named)[0];
  }
  return trunk;
}

/** What an inspection says, by path. */
export interface Facts {
  /** What comes out of a part, or in by a name; undefined: that is not known. */
  spec: (path: string) => TensorSpec | undefined;
  parameters: (path: string) => number;
  flops: (path: string) => number;
  shapes: (path: string) => Readonly<Record<string, readonly number[]>>;
  /** Rows and columns of the picture that one number of a layer sees; null: that is not one size. */
  field: (path: string) => readonly [number, number] | null;
}

/** Look things up in an inspection. */
export function factsOf(graph: Graph, inspection: Inspection | null): Facts {
  const nodes = new Map(inspection?.nodes.map((node) => [node.path, node]));
  const blocks = new Map(inspection?.blocks.map((block) => [block.path, block]));
  const within = (path: string): Inspection['nodes'] =>
    inspection?.nodes.filter((node) => node.path.startsWith(`${path}.`)) ?? [];
  const sum = (path: string, of: (node: Inspection['nodes'][number]) => number): number => {
    const node = nodes.get(path);
    if (node) return of(node);
    return within(path).reduce((all, each) => all + of(each) * each.repeat, 0);
  };
  return {
    spec: (path) => {
      const node = nodes.get(path) ?? blocks.get(path);
      const [out] = node ? Object.values(node.outputs) : [];
      return out ?? (path in graph.inputs ? graph.inputs[path] : inner(path));
    },
    parameters: (path) => sum(path, (node) => node.parameters),
    flops: (path) => sum(path, (node) => node.flops),
    shapes: (path) => nodes.get(path)?.parameter_shapes ?? {},
    field: (path) => {
      const [rows, columns] = nodes.get(path)?.sees ?? [];
      return rows === undefined || columns === undefined ? null : [rows, columns];
    },
  };

  /** What flows into a block by a name: as the first that reads it says. */
  function inner(path: string): TensorSpec | undefined {
    const dot = path.lastIndexOf('.');
    if (dot < 0) return undefined;
    const block = blocks.get(path.slice(0, dot).replace(/\.\d+$/, ''));
    return block?.inputs.find(({ port }) => port === path.slice(dot + 1))?.spec ?? undefined;
  }
}
