/** Attention and its two wires: what asks, and what is looked at. Both from one place: self-attention; else cross. */

import {
  apart,
  insideOf,
  isBlock,
  join,
  leadsTo,
  named,
  partAt,
  rewrite,
  sourcesOf,
} from './parts';
import type { Connections, Inside, Part, Scope } from './parts';
import type { End } from './joints';
import type { Graph } from '../wire/schema';

const KINDS = new Set(['MultiheadAttention', 'AdditiveAttention', 'MultiplicativeAttention']);
export const MASK = 'key_padding_mask';
const PORTS = ['query', 'key', 'value', MASK];
/** Ports of what is looked at: always led together. */
export const MEMORY: ReadonlySet<string | number> = new Set(['key', 'value', 1, 2]);

type Wires = Partial<Record<string, string>>;
export type AttentionKind = 'self' | 'cross';

/** What feeds a layer with two such wires, by port; null: it is none. */
function wiresOf(part: Part | null | undefined): Wires | null {
  if (!part || isBlock(part) || !KINDS.has(part.layer.kind)) return null;
  return byName(part.inputs);
}

function byName(inputs: Connections): Wires {
  if (!Array.isArray(inputs)) return inputs;
  return Object.fromEntries(inputs.map((source, i) => [PORTS[i] ?? String(i), source]));
}

/** Whether what a layer looks at is also what asks; null: it has no such wires, or not both. */
export function attentionKind(graph: Graph, path: string): AttentionKind | null {
  return kindOf(wiresOf(partAt(graph, path)));
}

function kindOf(wires: Wires | null): AttentionKind | null {
  const { query, key } = wires ?? {};
  if (query === undefined || key === undefined) return null;
  return query === key ? 'self' : 'cross';
}

/** Whether a wire that ends there says what is looked at. */
export function isMemoryEnd(graph: Graph, { scope, part, port }: End): boolean {
  if (part === null || !MEMORY.has(port)) return false;
  return wiresOf(partAt(graph, join(scope, part))) !== null;
}

/**
 * Let a layer look at what comes from `source`: key and value in one go. Where that is another sequence than before, its
 * padding is masked instead, if it is told in this scope.
 */
export function plug(graph: Graph, path: string, source: string): Graph {
  const { scope, id } = apart(path);
  return rewrite(graph, scope, (inside) => {
    const wires = wiresOf(inside.nodes.find((part) => part.id === id));
    if (!wires || !canRead(inside, id, source)) return null;
    if (wires['key'] === source && wires['value'] === source) return null;
    const { [MASK]: mask, key, ...others } = wires;
    const origin = originOf(graph, scope, source).name;
    const isAsLong = key !== undefined && originOf(graph, scope, key).name === origin;
    const masked = isAsLong ? mask : paddingOf(graph, scope, inside, origin);
    const led: Wires = { ...others, key: source, value: source };
    if (masked !== undefined) led[MASK] = masked;
    const inputs = led as Record<string, string>;
    return { nodes: inside.nodes.map((part) => (part.id === id ? { ...part, inputs } : part)) };
  });
}

function canRead(inside: Inside, id: string, source: string): boolean {
  return holds(inside, source) && !leadsTo(inside, id, named(source));
}

function holds(inside: Inside, source: string): boolean {
  const name = named(source);
  return inside.inputs.includes(name) || inside.nodes.some((part) => part.id === name);
}

/** The input of the network that something goes back to along first inputs, and whether it says the contrary of that. */
interface Origin {
  name: string;
  isContrary: boolean;
}

function originOf(graph: Graph, scope: Scope, reference: string): Origin {
  const name = named(reference);
  const part = insideOf(graph, scope)?.nodes.find(({ id }) => id === name);
  const before = part ? firstOf(part) : scope ? fedBy(graph, scope, name) : undefined;
  if (before === undefined) return { name, isContrary: false };
  const further = originOf(graph, part ? scope : around(scope).scope, before);
  const turns = part !== undefined && !isBlock(part) && part.layer.kind === 'Not';
  return { ...further, isContrary: further.isContrary !== turns };
}

function firstOf(part: Part): string | undefined {
  return byName(part.inputs)['query'] ?? sourcesOf(part)[0];
}

/** The block whose inside a scope is. */
function around(scope: Scope): { scope: Scope; id: string } {
  return apart(scope.replace(/\.\d+$/, ''));
}

/** What is led to an input of a block from outside. */
function fedBy(graph: Graph, scope: Scope, name: string): string | undefined {
  const { scope: outer, id } = around(scope);
  const block = insideOf(graph, outer)?.nodes.find((part) => part.id === id);
  if (!block || !isBlock(block)) return undefined;
  const { inputs, block: body } = block;
  if (Array.isArray(inputs)) return sourcesOf(block)[body.inputs.indexOf(name)];
  return inputs[name];
}

/** What says in a scope where a sequence is only padding: the contrary of its mask. */
function paddingOf(graph: Graph, scope: Scope, inside: Inside, input: string): string | undefined {
  const names = [...inside.inputs, ...inside.nodes.filter(isNot).map(({ id }) => id)];
  return names.find((name) => {
    const origin = originOf(graph, scope, name);
    return origin.isContrary && origin.name === `${input}_mask`;
  });
}

const isNot = (part: Part): boolean => !isBlock(part) && part.layer.kind === 'Not';

/** What a layer could look at: first what asks, then what it looks at now, then all other sequences in its scope. */
export function memoriesOf(
  graph: Graph,
  path: string,
  isSequence: (path: string) => boolean,
): string[] {
  const { scope, id } = apart(path);
  const inside = insideOf(graph, scope);
  const { query, key } = wiresOf(inside?.nodes.find((part) => part.id === id)) ?? {};
  if (!inside || query === undefined || key === undefined) return [];
  const given = scope === '' ? [] : inside.inputs.filter((name) => !isMask(graph, scope, name));
  const made = inside.nodes.map((part) => part.id).filter((each) => isSequence(join(scope, each)));
  const found = [query, key, ...given, ...made];
  return [...new Set(found.filter((each) => canRead(inside, id, each)))];
}

function isMask(graph: Graph, scope: Scope, name: string): boolean {
  return graph.inputs[originOf(graph, scope, name).name]?.dtype === 'bool';
}
