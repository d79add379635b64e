import { describe, expect, it } from 'vitest';

import type { Graph } from '../wire/schema';
import { attentionKind, isMemoryEnd, memoriesOf, plug } from './plug';
import { partAt } from './parts';

const ATTENTION = { kind: 'MultiheadAttention', num_heads: 2 };
const graph = {
  version: 1,
  inputs: {
    source: { axes: ['S'], shape: [9], dtype: 'int64' },
    source_mask: { axes: ['S'], shape: [9], dtype: 'bool' },
    target: { axes: ['T'], shape: [8], dtype: 'int64' },
  },
  nodes: [
    { id: 'padding', layer: { kind: 'Not' }, inputs: ['source_mask'] },
    { id: 'memory', layer: { kind: 'Embedding' }, inputs: ['source'] },
    { id: 'words', layer: { kind: 'Embedding' }, inputs: ['target'] },
    { id: 'top', layer: ATTENTION, inputs: ['words', 'words', 'words'] },
    {
      id: 'decoder',
      repeat: 2,
      inputs: { x: 'words', memory: 'memory', padding: 'padding' },
      block: {
        inputs: ['x', 'memory', 'padding'],
        nodes: [
          { id: 'norm', layer: { kind: 'LayerNorm' }, inputs: ['x'] },
          { id: 'self', layer: ATTENTION, inputs: ['norm', 'norm', 'norm'] },
          { id: 'add', layer: { kind: 'Add' }, inputs: ['x', 'self'] },
          {
            id: 'cross',
            layer: ATTENTION,
            inputs: { query: 'add', key: 'memory', value: 'memory', key_padding_mask: 'padding' },
          },
          { id: 'out', layer: { kind: 'Linear', out_features: 4 }, inputs: ['cross'] },
        ],
        outputs: { x: 'out' },
      },
    },
  ],
  outputs: { y: 'decoder' },
  tied: [],
} as unknown as Graph;
const CROSS = 'decoder.0.cross';
const SELF = 'decoder.0.self';
const inputs = (document: Graph, path: string): unknown => partAt(document, path)?.inputs;

describe('the second wire of attention', () => {
  it('makes it self-attention where it comes from the same place as the first', () => {
    expect(
      [SELF, CROSS, 'decoder.1.cross', 'decoder.0.norm'].map((path) => attentionKind(graph, path)),
    ).toEqual(
      ['self', 'cross', 'cross', null], // prettier-ignore
    );
  });

  it('is plugged into the first and back in one gesture, and its mask goes along', () => {
    const alone = plug(graph, CROSS, 'add');
    expect(attentionKind(alone, CROSS)).toBe('self');
    expect(inputs(alone, CROSS)).toEqual({ query: 'add', key: 'add', value: 'add' });
    expect(plug(alone, CROSS, 'memory')).toEqual(graph);
    const across = plug(graph, SELF, 'memory');
    expect(inputs(across, SELF)).toEqual({
      query: 'norm',
      key: 'memory',
      value: 'memory',
      key_padding_mask: 'padding',
    });
    // What is as long keeps its mask.
    expect(inputs(plug(across, SELF, 'x'), SELF)).toEqual({ query: 'norm', key: 'x', value: 'x' });
    // In the network itself as in a block.
    expect(inputs(plug(graph, 'top', 'memory'), 'top')).toHaveProperty(
      'key_padding_mask',
      'padding',
    );
    expect(plug(graph, CROSS, 'memory')).toBe(graph);
  });

  it('comes from nowhere that is behind it, or that is not there', () => {
    for (const source of ['out', 'cross', 'nobody']) expect(plug(graph, CROSS, source)).toBe(graph);
    expect(plug(graph, 'decoder.0.norm', 'x')).toBe(graph);
    const all = (): boolean => true;
    expect(memoriesOf(graph, CROSS, all)).toEqual(['add', 'memory', 'x', 'norm', 'self']);
    expect(memoriesOf(graph, SELF, () => false)).toEqual(['norm', 'x', 'memory']);
    expect(memoriesOf(graph, 'top', all)).toEqual(['words', 'padding', 'memory', 'decoder']);
    expect(memoriesOf(graph, 'decoder.0.norm', all)).toEqual([]);
  });

  it('ends at the key or the value', () => {
    const ends = ['query', 'key', 'value', 'key_padding_mask', 0, 1, 2].map((port) =>
      isMemoryEnd(graph, { scope: 'decoder.0', part: 'cross', port }),
    );
    expect(ends).toEqual([false, true, true, false, false, true, true]);
    expect(isMemoryEnd(graph, { scope: 'decoder.0', part: 'add', port: 1 })).toBe(false);
    expect(isMemoryEnd(graph, { scope: '', part: null, port: 1 })).toBe(false);
  });
});
