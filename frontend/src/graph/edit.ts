/**
 * Edits of a network's document. Each returns a new document and leaves the old one as it was; what cannot be done
 * returns the very same document.
 */

import type { Graph } from '../wire/schema';
import {
  apart,
  freshId,
  insideOf,
  isBlock,
  leadsTo,
  moved,
  named,
  partAt,
  plainly,
  reading,
  readersOf,
  redirected,
  retied,
  rewrite,
  sourcesOf,
} from './parts';
import type { Inside, Layer, Part, Scope } from './parts';
import { isSameEnd, wiresOf } from './joints';
import type { End } from './joints';

export { addSkip, connect, dropSkip, disconnect, wiresOf } from './joints';
export type { End, Wire } from './joints';
export { copied, fold, paste, pastedIds, setRepeat, unfold } from './fold';
export { everyPart, insideOf, isBlock, partAt } from './parts';
export type { Connections, Layer, Part, Scope } from './parts';

/** How nodes of a kind are called, before they get a number. */
const CALLED: Readonly<Record<string, string>> = {
  Linear: 'dense',
  Conv1d: 'conv',
  Conv2d: 'conv',
  MaxPool2d: 'pool',
  AvgPool2d: 'pool',
  BatchNorm1d: 'norm',
  BatchNorm2d: 'norm',
  LayerNorm: 'norm',
  MultiheadAttention: 'attention',
};

/** The id that an inserted layer of a kind gets. */
export function idFor(graph: Graph, scope: Scope, kind: string): string {
  const inside = insideOf(graph, scope);
  const name = CALLED[kind] ?? kind.toLowerCase();
  const wish = CALLED[kind] ? `${name}1` : name;
  return inside ? freshId(inside, wish) : wish;
}

/** Put a layer behind a part or an input of a scope: all who read that now read the layer. */
export function insertAfter(graph: Graph, path: string, layer: Layer, id?: string): Graph {
  const { scope, id: before } = apart(path);
  return rewrite(graph, scope, (inside) => {
    const name = id ?? idFor(graph, scope, layer.kind);
    const isInput = inside.inputs.includes(before);
    if (!isInput && !inside.nodes.some((part) => part.id === before)) return null;
    const to = redirected(inside, before, plainly(name));
    return { ...to, nodes: placed(to.nodes, before, node(name, layer, [before])) };
  });
}

/** Put a layer on one wire, which is connected to so many of its ports: only who reads there reads the layer. */
export function insertOnWire(graph: Graph, end: End, layer: Layer, id?: string, ports = 1): Graph {
  const { scope } = end;
  return rewrite(graph, scope, (inside) => {
    const name = id ?? idFor(graph, scope, layer.kind);
    const source = wiresOf(graph, scope).find((wire) => isSameEnd(wire.end, end))?.source;
    if (source === undefined) return null;
    const other = (reference: string, at: End): string => (isSameEnd(at, end) ? name : reference);
    const nodes = inside.nodes.map((part) =>
      reading(part, (reference, port) => other(reference, { scope, part: part.id, port })),
    );
    const outputs = Object.fromEntries(
      Object.entries(inside.outputs).map(([output, reference]) => [
        output,
        other(reference, { scope, part: null, port: output }),
      ]),
    );
    return {
      nodes: placed(nodes, named(source), node(name, layer, Array<string>(ports).fill(source))),
      outputs,
    };
  });
}

/** Take a part out; who read it now reads its (first) input. */
export function remove(graph: Graph, path: string): Graph {
  const { scope, id } = apart(path);
  const without = rewrite(graph, scope, (inside) => {
    const part = inside.nodes.find((each) => each.id === id);
    if (!part) return null;
    const source = sourcesOf(part)[0] ?? inside.inputs[0];
    if (source === undefined) return null;
    const to = redirected(inside, id, () => source);
    return { ...to, nodes: to.nodes.filter((each) => each.id !== id) };
  });
  return without === graph ? graph : { ...without, tied: retied(graph, path, null) };
}

/** Put a copy behind a part, reading it. */
export function duplicate(graph: Graph, path: string): Graph {
  const { scope, id } = apart(path);
  return rewrite(graph, scope, (inside) => {
    const part = inside.nodes.find((each) => each.id === id);
    if (!part) return null;
    const copy = freshId(inside, id);
    const to = redirected(inside, id, (reference) => moved(reference, copy));
    const [first] = Array.isArray(part.inputs) ? [0] : Object.keys(part.inputs);
    const twin = reading(part, (reference, port) => (port === first ? id : reference));
    return { ...to, nodes: placed(to.nodes, id, { ...twin, id: copy }) };
  });
}

/** Whether a part stands aside: it reads something, and nothing reads it. */
export function isBypassed(graph: Graph, path: string): boolean {
  const { scope, id } = apart(path);
  const inside = insideOf(graph, scope);
  const part = inside?.nodes.find((each) => each.id === id);
  if (!inside || !part || !sourcesOf(part).length) return false;
  const { parts, outputs } = readersOf(inside, id);
  return !parts.length && !outputs.length;
}

/** Lead the wire around a part, which stays with what it has learned; or through it again. */
export function bypass(graph: Graph, path: string): Graph {
  const { scope, id } = apart(path);
  const isBack = isBypassed(graph, path);
  return rewrite(graph, scope, (inside) => {
    const part = inside.nodes.find((each) => each.id === id);
    const source = part && sourcesOf(part)[0];
    if (!part || source === undefined) return null;
    if (!isBack) return redirected(inside, id, () => source);
    const reader = readerAfter(inside, part, source);
    if (reader !== null && leadsTo(inside, reader, id)) return null;
    const other = (reference: string): string => (reference === source ? id : reference);
    return {
      nodes: inside.nodes.map((each) => (each.id === reader ? reading(each, other) : each)),
      outputs:
        reader === null
          ? Object.fromEntries(
              Object.entries(inside.outputs).map(([name, reference]) => [name, other(reference)]),
            )
          : inside.outputs,
    };
  });
}

/** Who reads a source next behind a part in the order of the document; null: the outputs do. */
function readerAfter(inside: Inside, part: Part, source: string): string | null {
  const reads = (each: Part): boolean => each !== part && sourcesOf(each).includes(source);
  const at = inside.nodes.indexOf(part);
  const next = inside.nodes.slice(at + 1).find(reads) ?? inside.nodes.find(reads);
  return next?.id ?? null;
}

/** Let a part change places with the one that feeds it (`up`), or that it feeds. */
export function move(graph: Graph, path: string, way: 'up' | 'down'): Graph {
  const { scope, id } = apart(path);
  const inside = insideOf(graph, scope);
  const part = inside?.nodes.find((each) => each.id === id);
  if (!inside || !part) return graph;
  if (way === 'up') {
    const before = named(sourcesOf(part)[0] ?? '');
    return swapped(graph, scope, before, id);
  }
  const after = inside.nodes.find((each) => named(sourcesOf(each)[0] ?? '') === id);
  return after ? swapped(graph, scope, id, after.id) : graph;
}

/** Two parts of which the second reads the first, the other way round: what stood where each stood reads the other. */
function swapped(graph: Graph, scope: Scope, first: string, second: string): Graph {
  return rewrite(graph, scope, (inside) => {
    const one = inside.nodes.find((part) => part.id === first);
    const two = inside.nodes.find((part) => part.id === second);
    const [before] = one ? sourcesOf(one) : [];
    if (!one || !two || before === undefined || !sourcesOf(two).includes(first)) return null;
    const other = (reference: string): string => {
      if (reference === first) return second;
      return reference === second ? first : reference;
    };
    const turned = {
      [first]: withFirst(one, second),
      [second]: reading(two, (reference) => (reference === first ? before : reference)),
    };
    const nodes = inside.nodes.map((part) => {
      if (part === one) return turned[second] ?? part;
      if (part === two) return turned[first] ?? part;
      return reading(part, other);
    });
    const outputs = Object.fromEntries(
      Object.entries(inside.outputs).map(([name, reference]) => [name, other(reference)]),
    );
    const then = { ...inside, nodes, outputs };
    const isCircle = Object.values(turned).some((part) =>
      sourcesOf(part).some((reference) => leadsTo(then, part.id, named(reference))),
    );
    return isCircle ? null : { nodes, outputs };
  });
}

function withFirst<P extends Part>(part: P, source: string): P {
  const [first] = Array.isArray(part.inputs) ? [0] : Object.keys(part.inputs);
  return reading(part, (reference, port) => (port === first ? source : reference));
}

/** Give a layer another setting. */
export function setSetting(graph: Graph, path: string, name: string, value: unknown): Graph {
  const part = partAt(graph, path);
  if (!part || isBlock(part)) return graph;
  if ((part.layer as Record<string, unknown>)[name] === value) return graph;
  return setLayer(graph, path, { ...part.layer, [name]: value });
}

/** Put another layer in the place of one: tanh instead of ReLU. */
export function setLayer(graph: Graph, path: string, layer: Layer): Graph {
  const { scope, id } = apart(path);
  const part = partAt(graph, path);
  if (!part || isBlock(part)) return graph;
  return rewrite(graph, scope, ({ nodes }) => ({
    nodes: nodes.map((each) => (each.id === id ? { ...each, layer } : each)),
  }));
}

/** Call a part something else; a name that is taken or cannot be one changes nothing. */
export function rename(graph: Graph, path: string, id: string): Graph {
  const { scope, id: before } = apart(path);
  if (!isName(id)) return graph;
  const renamed = rewrite(graph, scope, (inside) => {
    const isTaken = [...inside.inputs, ...inside.nodes.map((part) => part.id)].includes(id);
    if (isTaken || !inside.nodes.some((part) => part.id === before)) return null;
    const to = redirected(inside, before, (reference) => moved(reference, id));
    return { ...to, nodes: to.nodes.map((part) => (part.id === before ? { ...part, id } : part)) };
  });
  return renamed === graph ? graph : { ...renamed, tied: retied(graph, path, id) };
}

/** Whether a text can be the name of a part. */
export function isName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(text);
}

function node(id: string, layer: Layer, inputs: string[]): Part {
  return { id, layer, inputs };
}

/** Parts with a new one right behind another, or in front where that is none of them. */
function placed(parts: readonly Part[], behind: string, part: Part): Part[] {
  const at = parts.findIndex(({ id }) => id === behind) + 1;
  return [...parts.slice(0, at), part, ...parts.slice(at)];
}
