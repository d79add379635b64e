/** The wires of a network's document, one by one: joining, parting, and connections that skip layers. */

import type { Graph, Node } from '../wire/schema';
import { freshId, insideOf, isBlock, leadsTo, named, rewrite, sourcesOf } from './parts';
import type { Connections, Inside, Part, Rewritten, Scope } from './parts';

/** Where a wire ends: at a port of a part (its number, or its name), or (`part` null) at an output of the scope. */
export interface End {
  scope: Scope;
  part: string | null;
  port: string | number;
}

/** A connection: what it comes from, within its scope, and where it ends. */
export interface Wire {
  source: string;
  end: End;
}

export function isSameEnd(one: End, other: End): boolean {
  return one.scope === other.scope && one.part === other.part && one.port === other.port;
}

/** All wires of a scope: those into parts in their order, then those to the outputs. */
export function wiresOf(graph: Graph, scope: Scope): Wire[] {
  const inside = insideOf(graph, scope);
  if (!inside) return [];
  const into = inside.nodes.flatMap((part) =>
    portsOf(part.inputs).map(([port, source]) => ({
      source,
      end: { scope, part: part.id, port },
    })),
  );
  const out = Object.entries(inside.outputs).map(([port, source]) => ({
    source,
    end: { scope, part: null, port },
  }));
  return [...into, ...out];
}

function portsOf(inputs: Connections): [string | number, string][] {
  return Array.isArray(inputs) ? [...inputs.entries()] : Object.entries(inputs);
}

/** Whether a wire can lead there without a circle. */
export function canConnect(graph: Graph, source: string, { scope, part }: End): boolean {
  const inside = insideOf(graph, scope);
  return inside !== null && (part === null || !leadsTo(inside, part, named(source)));
}

/**
 * Lead a source (`conv1`, `lstm:state`, an input's name) to a port of a part or an output of the scope; what was there
 * is let go. One number behind the last port adds a port, as Add and Concat take any number.
 */
export function connect(graph: Graph, source: string, end: End): Graph {
  if (!canConnect(graph, source, end)) return graph;
  const { part: id, port } = end;
  return rewrite(graph, end.scope, (inside) => {
    if (!holds(inside, named(source))) return null;
    if (id === null) return outputs(inside, String(port), source);
    const part = inside.nodes.find((each) => each.id === id);
    const inputs = part && connected(part.inputs, port, source);
    return inputs ? withInputs(inside, id, inputs) : null;
  });
}

function holds(inside: Inside, id: string): boolean {
  return inside.inputs.includes(id) || inside.nodes.some((part) => part.id === id);
}

function outputs(inside: Inside, name: string, source: string): Rewritten | null {
  if (inside.outputs[name] === source) return null;
  return { nodes: inside.nodes, outputs: { ...inside.outputs, [name]: source } };
}

function connected(inputs: Connections, port: string | number, source: string): Connections | null {
  if (!Array.isArray(inputs)) {
    return inputs[port] === source ? null : { ...inputs, [port]: source };
  }
  if (typeof port !== 'number' || port > inputs.length || inputs[port] === source) return null;
  return [...inputs.slice(0, port), source, ...inputs.slice(port + 1)];
}

/**
 * Part a port from what feeds it. `ports` names those of a layer with a fixed number, so that the others stay where they
 * are; without, the following ones move up.
 */
export function disconnect(graph: Graph, end: End, ports: readonly string[] = []): Graph {
  const { part: id, port } = end;
  if (id === null) return graph;
  return rewrite(graph, end.scope, (inside) => {
    const part = inside.nodes.find((each) => each.id === id);
    const inputs = part && parted(part, port, ports);
    return inputs ? withInputs(inside, id, inputs) : null;
  });
}

function parted(part: Part, port: string | number, ports: readonly string[]): Connections | null {
  const { inputs } = part;
  if (!portsOf(inputs).some(([each]) => each === port)) return null;
  if (Array.isArray(inputs) && Number(port) < inputs.length - 1 && ports.length) {
    const rest = [...inputs.entries()].filter(([at]) => at !== port);
    return Object.fromEntries(rest.map(([at, source]) => [ports[at] ?? String(at), source]));
  }
  if (Array.isArray(inputs)) return inputs.filter((_, at) => at !== port);
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== port));
}

function withInputs(inside: Inside, id: string, inputs: Connections): Rewritten {
  return {
    nodes: inside.nodes.map((part) => (part.id === id ? ({ ...part, inputs } as Part) : part)),
  };
}

/** Let what comes from one place be added behind a part further on: all who read that part read the sum. */
export function addSkip(graph: Graph, scope: Scope, from: string, behind: string): Graph {
  return rewrite(graph, scope, (inside) => {
    const isKnown = holds(inside, named(from)) && inside.nodes.some(({ id }) => id === behind);
    if (!isKnown || leadsTo(inside, behind, named(from))) return null;
    const id = freshId(inside, 'add');
    const other = (reference: string): string => (reference === behind ? id : reference);
    const add: Node = { id, layer: { kind: 'Add' }, inputs: [behind, from] };
    const at = inside.nodes.findIndex((part) => part.id === behind) + 1;
    const nodes = inside.nodes.map((part) => ({ ...part, inputs: mapped(part.inputs, other) }));
    return {
      nodes: [...nodes.slice(0, at), add, ...nodes.slice(at)] as Part[],
      outputs: mapped(inside.outputs, other),
    };
  });
}

function mapped<C extends Connections>(inputs: C, say: (reference: string) => string): C {
  if (Array.isArray(inputs)) return inputs.map(say) as C;
  return Object.fromEntries(
    Object.entries(inputs).map(([port, reference]) => [port, say(reference)]),
  ) as C;
}

/** Take a connection away that is added (or joined) at a part; a sum that is left with one input goes with it. */
export function dropSkip(graph: Graph, end: End): Graph {
  const without = disconnect(graph, end);
  const inside = insideOf(without, end.scope);
  const part = inside?.nodes.find(({ id }) => id === end.part);
  const [only, ...others] = part ? sourcesOf(part) : [];
  const isMerge = part && !isBlock(part) && ['Add', 'Multiply', 'Concat'].includes(part.layer.kind);
  if (without === graph || !isMerge || only === undefined || others.length) return without;
  return rewrite(without, end.scope, ({ nodes, outputs: out }) => {
    const other = (reference: string): string => (named(reference) === part.id ? only : reference);
    const rest = nodes.filter((each) => each !== part);
    return {
      nodes: rest.map((each) => ({ ...each, inputs: mapped(each.inputs, other) })) as Part[],
      outputs: mapped({ ...out }, other),
    };
  });
}
