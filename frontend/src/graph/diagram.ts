/** The network as cards and wires: what the graph's face of the editor draws, from the document and its inspection. */

import type {
  Block,
  Graph,
  Inspection,
  LayerEntry,
  Node,
  Problem,
  TensorSpec,
} from '../wire/schema';
import type { End } from './edit';
import { Findings, plainPath } from './findings';
import { join, named } from './parts';
import type { Part } from './parts';
import { titleOf } from './stages';

/** Where a wire ends: an input of a layer or block. */
export interface Port {
  /** Its number among the inputs in the document, or its name there. */
  port: string | number;
  /** What people read. */
  label: string;
  /** What feeds it, as the document writes it; null: nothing yet. */
  source: string | null;
  /** Whether it may stay open. */
  optional: boolean;
}

/** Where a wire begins. */
export interface Outlet {
  /** Its name: `output`, or `state` where there are several. */
  port: string;
  spec: TensorSpec | null;
}

export interface Card {
  /** Path in the document; inputs and outputs of a level are `path.>name` and `path.<name`. */
  id: string;
  sort: 'input' | 'output' | 'layer' | 'block' | 'frame';
  /** The block that it lies in, as a path; empty: the network itself. */
  level: string;
  title: string;
  /** The layer's settings with its kind, or null where it is none. */
  layer: Readonly<Record<string, unknown>> | null;
  elementwise: boolean;
  ports: Port[];
  outlets: Outlet[];
  /** What it put out before the edit; null where that is the same, or where there was nothing. */
  before: TensorSpec | null;
  parameters: number;
  /** Rows and columns of the picture that one number of a layer sees; null: that is not one size. */
  field: readonly number[] | null;
  /** How many times in a row a block is repeated. */
  repeat: number;
  problems: Problem[];
}

export interface Link {
  id: string;
  level: string;
  from: string;
  outlet: string;
  to: string;
  /** The place in the document that it stands for. */
  end: End;
  spec: TensorSpec | null;
  /** What flowed in it before the edit, where that was another shape. */
  before: TensorSpec | null;
  /** Whether what reads it cannot take it. */
  broken: boolean;
}

export interface Diagram {
  cards: Card[];
  links: Link[];
}

/** All that a diagram is drawn from. */
export interface Known {
  graph: Graph;
  inspection: Inspection | null;
  /** Of the network as it runs. */
  before: Inspection | null;
  layers: ReadonlyMap<string, LayerEntry>;
  /** Blocks whose inside is shown, by path. */
  open: ReadonlySet<string>;
}

/** Draw a network. */
export function diagramOf(known: Known): Diagram {
  const facts = { ...known, now: new Findings(known.inspection), then: new Findings(known.before) };
  const diagram: Diagram = { cards: [], links: [] };
  const { graph } = known;
  drawLevel(facts, diagram, '', {
    inputs: Object.keys(graph.inputs),
    nodes: graph.nodes,
    outputs: graph.outputs,
  });
  return diagram;
}

interface Facts extends Known {
  now: Findings;
  then: Findings;
}

interface Level {
  inputs: string[];
  nodes: readonly Part[];
  outputs: Record<string, string>;
}

function drawLevel(facts: Facts, diagram: Diagram, level: string, part: Level): void {
  for (const name of part.inputs) diagram.cards.push(inputCard(facts, level, name));
  for (const node of part.nodes) {
    diagram.cards.push(partCard(facts, level, node));
    if ('block' in node && facts.open.has(join(level, node.id)))
      drawLevel(facts, diagram, join(level, node.id), node.block);
  }
  for (const [name, source] of Object.entries(part.outputs))
    diagram.cards.push(outputCard(facts, level, name, source));
  const here = diagram.cards.filter((card) => card.level === level);
  /** What is there, and the name of the first that each puts out. */
  const home = new Map(here.map(({ id, outlets }) => [id, outlets[0]?.port ?? 'output']));
  for (const card of here) {
    for (const port of card.ports) {
      const link = linkTo(facts, card, port, home);
      if (link) diagram.links.push(link);
    }
  }
}

function inputCard(facts: Facts, level: string, name: string): Card {
  const id = join(level, `>${name}`);
  const given = level ? facts.now.spec(id) : facts.graph.inputs[name];
  return {
    ...bare(id, level, name),
    sort: 'input',
    outlets: [{ port: 'output', spec: given ?? null }],
    problems: problemsOf(facts, join(level, name)),
  };
}

function outputCard(facts: Facts, level: string, name: string, source: string): Card {
  return {
    ...bare(join(level, `<${name}`), level, name),
    sort: 'output',
    ports: [{ port: name, label: name, source, optional: false }],
  };
}

function partCard(facts: Facts, level: string, part: Part): Card {
  const id = join(level, part.id);
  const card = 'block' in part ? blockCard(facts, id, part) : layerCard(facts, part);
  const old = facts.then.spec(id);
  return {
    ...bare(id, level, part.id),
    ...card,
    outlets: outletsOf(facts, id, part),
    before: differs(old, facts.now.spec(id)),
    parameters: facts.now.parameters(id),
    field: facts.now.field(id),
    problems: problemsOf(facts, id, card.sort === 'block'),
  };
}

function layerCard({ layers }: Facts, node: Node) {
  const entry = layers.get(node.layer.kind);
  return {
    sort: 'layer',
    layer: node.layer,
    elementwise: entry?.elementwise ?? false,
    ports: layerPorts(node, entry),
  } as const;
}

function blockCard({ open }: Facts, id: string, block: Block) {
  return {
    sort: open.has(id) ? 'frame' : 'block',
    ports: blockPorts(block),
    repeat: block.repeat ?? 1,
  } as const;
}

function outletsOf({ now }: Facts, id: string, part: Part): Outlet[] {
  const outputs = now.outputs(id);
  const names = 'block' in part ? Object.keys(part.block.outputs) : Object.keys(outputs);
  const ports = names.length ? names : ['output'];
  return ports.map((port) => ({ port, spec: outputs[port] ?? null }));
}

function bare(id: string, level: string, name: string): Card {
  return {
    id,
    sort: 'layer',
    level,
    title: titleOf(name),
    layer: null,
    elementwise: false,
    ports: [],
    outlets: [],
    before: null,
    parameters: 0,
    field: null,
    repeat: 1,
    problems: [],
  };
}

/** Problems of a path; of a folded block also those of what is inside. */
function problemsOf({ inspection }: Facts, id: string, isFolded = false): Problem[] {
  return (inspection?.problems ?? []).filter(({ node }) => {
    const plain = plainPath(node);
    return plain === id || (isFolded && plain.startsWith(`${id}.`));
  });
}

/** The inputs of a layer in order; of one that takes any number, each that is connected and one more. */
export function layerPorts({ inputs }: Node, entry: LayerEntry | undefined): Port[] {
  const names = entry ? [...entry.ports, ...entry.optional_ports] : ['input'];
  const needed = entry?.ports.length ?? 1;
  if (!Array.isArray(inputs)) {
    return names.map((name, i) => ({
      port: name,
      label: name,
      source: inputs[name] ?? null,
      optional: i >= needed,
    }));
  }
  const count = entry?.variadic
    ? inputs.length + 1
    : Math.max(inputs.length, Math.min(names.length, inputs.length + 1), needed);
  return Array.from({ length: count }, (_, i) => ({
    port: i,
    // More than the layer takes is drawn too, so that it can be taken off.
    label: names[i] ?? (entry?.variadic ? (names.at(-1) ?? '') : ''),
    source: inputs[i] ?? null,
    optional: i >= Math.max(needed, inputs.length),
  }));
}

function blockPorts(block: Block): Port[] {
  return block.block.inputs.map((name) => ({
    port: name,
    label: name,
    source: block.inputs[name] ?? null,
    optional: false,
  }));
}

function linkTo(
  facts: Facts,
  card: Card,
  port: Port,
  home: ReadonlyMap<string, string>,
): Link | null {
  if (port.source === null) return null;
  const name = named(port.source);
  const outlet = port.source.slice(name.length + 1);
  const input = join(card.level, `>${name}`);
  const from = home.has(input) ? input : join(card.level, name);
  const spec = specOf(facts, facts.now, from, outlet);
  const part =
    card.sort === 'output' ? null : card.id.slice(card.level ? card.level.length + 1 : 0);
  return {
    id: `${card.id}@${port.port}`,
    level: card.level,
    from,
    outlet: outlet || (home.get(from) ?? 'output'),
    to: card.id,
    end: { scope: card.level, part, port: port.port },
    spec,
    before: differs(specOf(facts, facts.then, from, outlet), spec),
    broken: card.problems.some(({ severity }) => severity === 'error'),
  };
}

function specOf(facts: Facts, found: Findings, from: string, outlet: string): TensorSpec | null {
  return facts.graph.inputs[from.slice(1)] && from.startsWith('>')
    ? (facts.graph.inputs[from.slice(1)] ?? null)
    : found.spec(from, outlet);
}

function differs(old: TensorSpec | null, now: TensorSpec | null): TensorSpec | null {
  return old && now && old.shape.join() !== now.shape.join() ? old : null;
}
