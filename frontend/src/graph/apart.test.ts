import { describe, expect, it } from 'vitest';

import type { GraphDifference, NodeDifference } from '../wire/schema';
import { changesOf, ratioOf, turnsOf } from './apart';

type Side = NonNullable<NodeDifference['before']>;

function side(kind: string, sources: string[], ...shape: number[]): Side {
  const spec = { axes: shape.map(() => 'D'), dtype: 'float32' as const, shape };
  return { kind, sources, outputs: { output: spec }, parameters: 0, flops: 0 };
}

function node(before: Side | null, after: Side | null, more: Partial<NodeDifference> = {}) {
  return { path: 'a', count: 1, change: 'changed' as const, before, after, settings: [], ...more };
}

describe('what differs at a place', () => {
  it('are its settings, its kind and what feeds it', () => {
    const settings = [{ name: 'p', before: 0.5, after: 0.25 }];
    const both = node(side('Dropout', ['x'], 4), side('Dropout', ['b'], 4), { settings });
    expect(turnsOf(both)).toEqual([
      { what: 'setting', name: 'p', before: '0.5', after: '0.25' },
      { what: 'source', name: '', before: 'x', after: 'b' },
    ]);
    expect(turnsOf(node(side('ReLU', ['x'], 4), side('Tanh', ['x'], 4)))).toEqual([
      { what: 'kind', name: '', before: 'ReLU', after: 'Tanh' },
    ]);
  });

  it('is its size only where nothing else says why', () => {
    expect(turnsOf(node(side('ReLU', ['x'], 4), side('ReLU', ['x'], 8)))).toEqual([
      { what: 'shape', name: '', before: '4', after: '8' },
    ]);
    const wide = { ...side('Linear', ['x'], 4), parameters: 36 };
    expect(turnsOf(node({ ...wide, parameters: 20 }, wide))).toEqual([
      { what: 'parameters', name: '', before: '20', after: '36' },
    ]);
    expect(turnsOf(node(null, side('ReLU', ['x'], 8)))).toEqual([]);
  });
});

it('counts every place of a repeated block', () => {
  const nodes = [
    node(null, side('ReLU', ['x'], 4), { change: 'added', count: 12 }),
    node(side('ReLU', ['x'], 4), side('ReLU', ['x'], 4), { change: 'same', count: 3 }),
  ];
  expect(changesOf({ nodes } as unknown as GraphDifference)).toEqual({
    same: 3,
    changed: 0,
    added: 12,
    removed: 0,
  });
});

it('says how many times as large', () => {
  expect([ratioOf(2, 3), ratioOf(3, 3), ratioOf(0, 3), ratioOf(1, 12345)]).toEqual([
    '×1.5', '', '', '×12345',
  ]); // prettier-ignore
});
