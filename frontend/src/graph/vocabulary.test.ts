import { describe, expect, it } from 'vitest';

import type { Graph, TensorSpec } from '../wire/schema';
import { fittedTo } from './vocabulary';

const tokens = (axis: string, length: number): TensorSpec => ({
  axes: [axis],
  shape: [length],
  dtype: 'int64',
});
const graph = {
  version: 1,
  inputs: { source: tokens('S', 13), target: tokens('T', 14) },
  nodes: [
    { id: 'a', layer: { kind: 'Embedding', num_embeddings: 14, embedding_dim: 2 }, inputs: ['source'] },
    { id: 'b', layer: { kind: 'Embedding', num_embeddings: 14, embedding_dim: 2 }, inputs: ['target'] },
    { id: 'bridge', layer: { kind: 'Linear', out_features: 64 }, inputs: ['a'] },
    { id: 'output', layer: { kind: 'Linear', out_features: 14 }, inputs: ['b'] },
  ],
  outputs: { y: 'output' },
  tied: [],
} as unknown as Graph; // prettier-ignore

describe('a network for other words', () => {
  it('has their lengths, a row for each that it reads, and a number for each that it says', () => {
    const words = {
      inputs: { source: tokens('S', 6), target: tokens('T', 7), target_mask: tokens('T', 7) },
      vocabularies: { source: 19, target: 23 },
    };
    const fitted = fittedTo(graph, words, 'target');
    expect(fitted.inputs).toEqual({ source: tokens('S', 6), target: tokens('T', 7) });
    const sizes = fitted.nodes.map((part) => {
      const layer: object = 'layer' in part ? part.layer : {};
      return Object.values(layer)[1] as number;
    });
    expect(sizes).toEqual([19, 23, 64, 23]);
  });
});
