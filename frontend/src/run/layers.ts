/** A plain chain of linear layers and activations as words: its widths and what bends them. */

import { say } from '../messages/say';
import type { Catalogue, Graph, Job, Node } from '../wire/schema';
import { rangeOf, settingsOf } from './words';
import type { ChoiceWord, NumberWord, Token } from './words';

/** A network that is nothing but layers in a row. */
export interface Chain {
  /** How many numbers it is given. */
  inputs: number;
  linear: Node[];
  /** Activations behind all linear layers but the last. */
  hidden: Node[];
  /** Activation behind the last one. */
  last: Node | null;
}

/** Read a graph as a chain; null if it is anything else. */
export function chainOf(graph: Graph): Chain | null {
  const [input, ...others] = Object.entries(graph.inputs);
  if (!input || others.length) return null;
  const chain: Chain = {
    inputs: input[1].shape.reduce((a, b) => a * b, 1),
    linear: [],
    hidden: [],
    last: null,
  };
  let before = input[0];
  for (const node of graph.nodes) {
    if (!('layer' in node) || !follows(node, before) || !place(chain, node)) return null;
    before = node.id;
  }
  return chain.linear.length ? chain : null;
}

function follows(node: Node, before: string): boolean {
  const sources = Array.isArray(node.inputs) ? node.inputs : Object.values(node.inputs);
  return sources.length === 1 && sources[0] === before;
}

const ACTIVATIONS = new Set([
  'Tanh',
  'ReLU',
  'Sigmoid',
  'GELU',
  'SiLU',
  'ELU',
  'LeakyReLU',
  'Step',
  'Sign',
  'Identity',
]);

function place(chain: Chain, node: Node): boolean {
  const { kind } = node.layer;
  if (kind === 'Flatten' && !chain.linear.length) return true;
  if (kind === 'Linear') {
    if (chain.last) chain.hidden.push(chain.last);
    chain.last = null;
    chain.linear.push(node);
    return true;
  }
  if (!ACTIVATIONS.has(kind) || !chain.linear.length || chain.last) return false;
  chain.last = node;
  return true;
}

/** `a 2 – 4 – 4 – 1 tanh net`, the hidden widths and the activation as words. */
export function networkTokens(job: Job, chain: Chain, catalogue: Catalogue): Token[] {
  const tokens: Token[] = [say('recipe.net.a'), String(chain.inputs)];
  for (const node of chain.linear.slice(0, -1)) tokens.push(' – ', widthWord(job, node, catalogue));
  tokens.push(` – ${units(chain.linear.at(-1))} `);
  const activation = activationWord(job, chain, catalogue);
  if (activation) tokens.push(activation, ' ');
  tokens.push(say('recipe.net.net'));
  return tokens;
}

function units(node: Node | undefined): number {
  return node && 'out_features' in node.layer ? node.layer.out_features : 0;
}

function widthWord(job: Job, node: Node, catalogue: Catalogue): NumberWord {
  const schema = settingsOf(catalogue.layers.find(({ kind }) => kind === 'Linear'))['out_features'];
  return {
    kind: 'number',
    id: `graph.${node.id}`,
    label: say('recipe.label.width', { node: node.id }),
    fresh: true,
    value: units(node),
    range: { ...rangeOf(schema), high: 512 },
    scale: 'whole',
    changes: (width) => ({
      graph: withLayer(job.graph, node.id, { ...node.layer, out_features: width } as Node['layer']),
    }),
  };
}

function activationWord(job: Job, chain: Chain, catalogue: Catalogue): ChoiceWord | null {
  const bent = chain.hidden.length ? chain.hidden : chain.last ? [chain.last] : [];
  const kinds = new Set(bent.map((node) => node.layer.kind));
  const [value] = kinds;
  if (kinds.size !== 1 || value === undefined) return null;
  const options = catalogue.layers
    .filter(
      ({ kind }) =>
        ACTIVATIONS.has(kind) && (chain.hidden.length > 0 || kind === 'Step' || kind === value),
    )
    .map(({ kind, title, help }) => ({
      value: kind,
      label: say('recipe.net.activation', { title: smallName(title) }),
      help,
      changes: {
        graph: bent.reduce((graph, node) => withActivation(graph, node, kind), job.graph),
      },
    }));
  return {
    kind: 'choice',
    id: 'graph.activation',
    label: say('recipe.label.activation'),
    fresh: true,
    value,
    options,
  };
}

/** Names of functions are written small where mathematics does: `tanh`, but `ReLU`. */
function smallName(title: string): string {
  return /^[A-Z][a-z]+$/.test(title) ? title.toLowerCase() : title;
}

function withLayer(graph: Graph, id: string, layer: Node['layer']): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.id === id ? { ...node, layer } : node)),
  };
}

/** Put another activation in; a node that was named after its kind gets the new kind's name. */
function withActivation(graph: Graph, old: Node, kind: string): Graph {
  const suffix = `_${old.layer.kind.toLowerCase()}`;
  const id = old.id.endsWith(suffix)
    ? `${old.id.slice(0, -suffix.length)}_${kind.toLowerCase()}`
    : old.id;
  const renamed = (source: string): string => (source === old.id ? id : source);
  const nodes = graph.nodes.map((node) => {
    const inputs = Array.isArray(node.inputs) ? node.inputs.map(renamed) : node.inputs;
    return node.id === old.id ? { ...node, id, layer: { kind }, inputs } : { ...node, inputs };
  });
  const outputs = Object.fromEntries(
    Object.entries(graph.outputs).map(([name, source]) => [name, renamed(source)]),
  );
  return { ...graph, nodes: nodes as Graph['nodes'], outputs };
}

/** How many units a chain has between its input and its output; 0 where the network is no chain. */
export function hiddenUnits(graph: Graph): number {
  const chain = chainOf(graph);
  return (chain?.linear.slice(0, -1) ?? []).reduce((sum, node) => sum + units(node), 0);
}
