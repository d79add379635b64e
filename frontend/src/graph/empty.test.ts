import { describe, expect, it } from 'vitest';

import type { Graph, Inspection } from '../wire/schema';
import { emptyOf } from './empty';

const graph = (shape: number[], ...nodes: object[]): Graph =>
  ({
    version: 1,
    inputs: { x: { axes: shape.map(() => 'D'), shape, dtype: 'float32' } },
    nodes,
    outputs: { y: 'last' },
    tied: [['a', 'b']],
  }) as unknown as Graph;
const inspection = (shape: number[], elementwise: boolean): Inspection =>
  ({ outputs: { y: { shape } }, nodes: [{ path: 'last', elementwise }] }) as unknown as Inspection;

describe('an empty network', () => {
  it('gives as many answers, from the numbers of an image in a row', () => {
    const last = { id: 'last', layer: { kind: 'Linear' }, inputs: ['x'] };
    const empty = emptyOf(graph([1, 8, 8], last), inspection([10], false));
    expect(empty.nodes).toMatchObject([
      { id: 'flatten', layer: { kind: 'Flatten' }, inputs: ['x'] },
      { id: 'output', layer: { kind: 'Linear', out_features: 10 }, inputs: ['flatten'] },
    ]);
    expect([empty.outputs, empty.tied]).toEqual([{ y: 'output' }, []]);
  });

  it('bends its answer as before', () => {
    const last = { id: 'last', layer: { kind: 'Tanh' }, inputs: ['x'] };
    const empty = emptyOf(graph([2], last), inspection([1], true));
    expect(empty.nodes).toMatchObject([
      { id: 'output', layer: { kind: 'Linear', out_features: 1 }, inputs: ['x'] },
      { id: 'output_bend', layer: { kind: 'Tanh' }, inputs: ['output'] },
    ]);
    expect(empty.outputs).toEqual({ y: 'output_bend' });
  });
});
