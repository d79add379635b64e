/** The parts of a network's document: finding them by path, and writing a document with others in their place. */

import type { Block, Body, Graph, Node } from '../wire/schema';

/** A layer or a block. */
export type Part = Node | Block;
export type Layer = Node['layer'];
/** What feeds a part: in the order of its ports, or by port name. */
export type Connections = Node['inputs'];
/** The path of a block; empty: the whole network. Names mean something within one scope only. */
export type Scope = string;

/** A graph, or the inside of a block: what both have. */
export interface Inside {
  inputs: readonly string[];
  nodes: readonly Part[];
  outputs: Readonly<Record<string, string>>;
}

export const isBlock = (part: Part): part is Block => 'block' in part;

/** Whether the repetitions of a block have numbers in their paths. */
export const isNumbered = (block: Block): boolean => typeof block.repeat === 'number';

/** What the prefix of a path inside a block is: `blocks.0` for one that is repeated. */
export function enter(scope: Scope, block: Block): Scope {
  const path = join(scope, block.id);
  return isNumbered(block) ? `${path}.0` : path;
}

/** The path of a part of a scope. */
export function join(scope: Scope, id: string): string {
  return scope ? `${scope}.${id}` : id;
}

/** A path taken apart: the scope in which a part stands, and its id. */
export function apart(path: string): { scope: Scope; id: string } {
  const dot = path.lastIndexOf('.');
  return { scope: path.slice(0, Math.max(0, dot)), id: path.slice(dot + 1) };
}

/** The part that a reference speaks of: `lstm` for `lstm:state`. */
export function named(reference: string): string {
  return reference.split(':', 1)[0] ?? '';
}

/** A reference to the same output of another part. */
export function moved(reference: string, to: string): string {
  const colon = reference.indexOf(':');
  return colon < 0 ? to : to + reference.slice(colon);
}

/** All that feeds a part, in order. */
export function sourcesOf(part: Part): string[] {
  return Array.isArray(part.inputs) ? part.inputs : Object.values(part.inputs);
}

/** The ids on the way to a scope; numbers of repetitions left out, as all are one document. */
function steps(scope: Scope): string[] {
  return scope.split('.').filter((step) => step !== '' && !/^\d+$/.test(step));
}

/** The inside of a scope; null if there is none. */
export function insideOf(graph: Graph, scope: Scope): Inside | null {
  let inside: Inside = { ...graph, inputs: Object.keys(graph.inputs) };
  for (const id of steps(scope)) {
    const block = inside.nodes.find((part) => part.id === id);
    if (!block || !isBlock(block)) return null;
    inside = block.block;
  }
  return inside;
}

/** The part at a path; the number of the repetition does not matter. */
export function partAt(graph: Graph, path: string): Part | null {
  const { scope, id } = apart(path);
  return insideOf(graph, scope)?.nodes.find((part) => part.id === id) ?? null;
}

/** Every part with its path; inner ones behind their block. */
export function everyPart(graph: Graph): { path: string; part: Part; scope: Scope }[] {
  const found: { path: string; part: Part; scope: Scope }[] = [];
  const gather = (scope: Scope, parts: readonly Part[]): void => {
    for (const part of parts) {
      found.push({ path: join(scope, part.id), part, scope });
      if (isBlock(part)) gather(enter(scope, part), part.block.nodes);
    }
  };
  gather('', graph.nodes);
  return found;
}

/** Parts and outputs of a scope, written anew. */
export interface Rewritten {
  nodes: readonly Part[];
  outputs?: Readonly<Record<string, string>>;
}

/** The document with another inside of a scope; the same document where nothing is to be changed. */
export function rewrite(
  graph: Graph,
  scope: Scope,
  how: (inside: Inside) => Rewritten | null,
): Graph {
  const inside = insideOf(graph, scope);
  const written = inside && how(inside);
  if (!inside || !written) return graph;
  const { nodes, outputs = inside.outputs } = written;
  const within = (parts: readonly Part[], way: string[]): Part[] => {
    const [id, ...rest] = way;
    return parts.map((part) => {
      if (part.id !== id || !isBlock(part)) return part;
      const body: Body = rest.length
        ? { ...part.block, nodes: within(part.block.nodes, rest) }
        : { ...part.block, nodes: [...nodes], outputs: { ...outputs } };
      return { ...part, block: body };
    });
  };
  const way = steps(scope);
  if (!way.length) return { ...graph, nodes: [...nodes], outputs: { ...outputs } };
  return { ...graph, nodes: within(graph.nodes, way) };
}

/** A part that reads other things: each of its references is asked for what stands there now. */
export function reading<P extends Part>(
  part: P,
  say: (reference: string, port: string | number) => string,
): P {
  const inputs = Array.isArray(part.inputs)
    ? part.inputs.map((reference, port) => say(reference, port))
    : Object.fromEntries(
        Object.entries(part.inputs).map(([port, reference]) => [port, say(reference, port)]),
      );
  return { ...part, inputs };
}

/** Says another part wherever one is read plainly; who reads another of its outputs goes on doing so. */
export const plainly =
  (to: string) =>
  (reference: string): string =>
    reference.includes(':') ? reference : to;

/** A scope in which all who read one part, but for some, read what `say` tells. */
export function redirected(
  inside: Inside,
  from: string,
  say: (reference: string) => string,
  but: readonly string[] = [],
): Required<Rewritten> {
  const other = (reference: string): string =>
    named(reference) === from ? say(reference) : reference;
  return {
    nodes: inside.nodes.map((part) => (but.includes(part.id) ? part : reading(part, other))),
    outputs: Object.fromEntries(
      Object.entries(inside.outputs).map(([name, reference]) => [name, other(reference)]),
    ),
  };
}

/** An id that no part of a scope has yet: `conv`, else `conv2`, `conv3` and so on. */
export function freshId(inside: Inside, wish: string, taken: readonly string[] = []): string {
  const known = new Set([...inside.inputs, ...inside.nodes.map(({ id }) => id), ...taken]);
  if (!known.has(wish)) return wish;
  const [, root = wish, number = '1'] = /^(.*?)(\d*)$/.exec(wish) ?? [];
  for (let next = Number(number || 1) + 1; ; next++) {
    const id = `${root.slice(0, 40 - String(next).length)}${next}`;
    if (!known.has(id)) return id;
  }
}

/** Who reads a part, or an input of the scope: ids of parts, and names of outputs. */
export function readersOf(inside: Inside, id: string): { parts: string[]; outputs: string[] } {
  const reads = (reference: string): boolean => named(reference) === id;
  return {
    parts: inside.nodes.filter((part) => sourcesOf(part).some(reads)).map((part) => part.id),
    outputs: Object.entries(inside.outputs)
      .filter(([, reference]) => reads(reference))
      .map(([name]) => name),
  };
}

/** Whether what a part puts out reaches another one. */
export function leadsTo(inside: Inside, from: string, to: string): boolean {
  const parts = new Map(inside.nodes.map((part) => [part.id, part]));
  const seen = new Set<string>();
  const pending = [to];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (id === from) return true;
    const part = parts.get(id);
    if (!part || seen.has(id)) continue;
    seen.add(id);
    pending.push(...sourcesOf(part).map(named));
  }
  return false;
}

/** All that a part's output reaches, and the part itself. */
export function followersOf(inside: Inside, id: string): Set<string> {
  const readers = new Map<string, string[]>();
  for (const part of inside.nodes)
    for (const from of sourcesOf(part).map(named)) {
      const known = readers.get(from);
      if (known) known.push(part.id);
      else readers.set(from, [part.id]);
    }
  const reached = new Set([id]);
  for (const each of reached) for (const reader of readers.get(each) ?? []) reached.add(reader);
  return reached;
}

/** The groups of tied parameters, where paths below one are now below another; null: they are gone. */
export function retied(graph: Graph, from: string, to: string | null): string[][] {
  const heads = steps(from);
  const renamed = (path: string): string | null => {
    const way = path.split('.');
    let at = 0;
    for (const id of heads) {
      if (at && /^\d+$/.test(way[at] ?? '')) at++;
      if (way[at] !== id) return path;
      at++;
    }
    if (to === null) return null;
    // Numbers of repetitions on the way stay as they are.
    return [...way.slice(0, at - 1), to, ...way.slice(at)].join('.');
  };
  return graph.tied
    .map((group) => group.map(renamed).filter((path) => path !== null))
    .filter((group) => group.length > 1);
}
