/** A network that reads and writes words, made to fit other words. */

import type { Graph, TensorSpec } from '../wire/schema';
import { isBlock, named, sourcesOf } from './parts';
import type { Part } from './parts';

/** What data say of themselves. */
export interface Words {
  inputs: Readonly<Record<string, TensorSpec>>;
  /** How many different tokens an input has, by its name. */
  vocabularies: Readonly<Record<string, number>>;
}

/** The network with the lengths of these inputs, a row in its embeddings for each word that it reads, and at its end a
 *  number for each word of `spoken`. */
export function fittedTo(graph: Graph, { inputs, vocabularies }: Words, spoken: string): Graph {
  const ends = new Set(Object.values(graph.outputs).map(named));
  const sized = (part: Part): Part => {
    if (isBlock(part)) return part;
    const { layer } = part;
    const rows = vocabularies[sourcesOf(part)[0] ?? ''];
    if (layer.kind === 'Embedding' && rows !== undefined)
      return { ...part, layer: { ...layer, num_embeddings: rows } };
    const words = vocabularies[spoken];
    if (layer.kind === 'Linear' && ends.has(part.id) && words !== undefined)
      return { ...part, layer: { ...layer, out_features: words } };
    return part;
  };
  const given = Object.entries(graph.inputs).map(([name, spec]): [string, TensorSpec] => [
    name,
    inputs[name] ?? spec,
  ]);
  return { ...graph, inputs: Object.fromEntries(given), nodes: graph.nodes.map(sized) };
}
