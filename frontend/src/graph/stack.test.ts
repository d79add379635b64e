import { describe, expect, it } from 'vitest';

import type { Graph, Inspection, Node } from '../wire/schema';
import { addSkip, bypass, fold } from './edit';
import { parameterFormula, shapeFormula } from './formula';
import { factsOf, rowsOf } from './stack';

const node = (id: string, kind: string, ...inputs: string[]): Node => ({
  id,
  layer: { kind } as Node['layer'],
  inputs,
});
const spec = (...shape: number[]): Graph['inputs'][string] => ({
  axes: shape.map(() => 'D'),
  shape,
  dtype: 'float32',
});
const network = (...nodes: Node[]): Graph => ({
  version: 1,
  inputs: { x: spec(2) },
  nodes,
  outputs: { y: nodes.at(-1)?.id ?? 'x' },
  tied: [],
});
const CHAIN = network(
  node('c', 'Linear', 'b'),
  node('a', 'Linear', 'x'),
  node('b', 'ReLU', 'a'),
  node('d', 'Tanh', 'c'),
);
const paths = (graph: Graph, ...open: string[]): string[] =>
  rowsOf(graph, new Set(open)).map(({ path }) => path);

describe('a stack', () => {
  it('has all parts in the order in which they are computed', () => {
    expect(paths(CHAIN)).toEqual(['a', 'b', 'c', 'd']);
    expect(rowsOf(CHAIN, new Set())[0]).toMatchObject({ from: 'x', depth: 0, isBranch: false });
  });

  it('keeps branches in one piece, and knows them', () => {
    const inception = network(
      node('one', 'Conv2d', 'x'),
      node('two', 'Conv2d', 'x'),
      node('two_relu', 'ReLU', 'two'),
      node('one_relu', 'ReLU', 'one'),
      node('all', 'Concat', 'one_relu', 'two_relu'),
    );
    const rows = rowsOf(inception, new Set());
    expect(rows.map(({ path, isBranch }) => [path, isBranch])).toEqual([
      ['one', false],
      ['one_relu', false],
      ['two', true],
      ['two_relu', true],
      ['all', false],
    ]);
    expect(rows.at(-1)?.wires.map(({ source }) => source)).toEqual(['one_relu', 'two_relu']);
    expect(paths(addSkip(CHAIN, '', 'a', 'c'))).toEqual(['a', 'b', 'c', 'add', 'd']);
  });

  it('shows what stands aside where it stood', () => {
    const rows = rowsOf(bypass(CHAIN, 'b'), new Set());
    expect(rows.map(({ path, isBypassed }) => [path, isBypassed])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
      ['d', false],
    ]);
  });

  it('opens blocks', () => {
    const folded = fold(CHAIN, ['b', 'c'], 2);
    expect(paths(folded)).toEqual(['a', 'block', 'd']);
    expect(paths(folded, 'block')).toEqual(['a', 'block', 'block.0.b', 'block.0.c', 'd']);
  });

  it('says what flows, and what blocks have in all', () => {
    const inspection = {
      nodes: [
        { path: 'a', outputs: { output: spec(4) }, parameters: 12, flops: 3, repeat: 1 },
        { path: 'block.0.c', outputs: {}, parameters: 5, flops: 2, repeat: 3 },
      ],
      blocks: [{ path: 'block', outputs: { x: spec(7) }, inputs: [{ port: 'x', spec: spec(4) }] }],
    } as unknown as Inspection;
    const facts = factsOf(CHAIN, inspection);
    expect([
      facts.spec('x'),
      facts.spec('a'),
      facts.spec('block'),
      facts.spec('block.0.x'),
    ]).toEqual(
      [spec(2), spec(4), spec(7), spec(4)], // prettier-ignore
    );
    expect([facts.parameters('a'), facts.parameters('block'), facts.flops('block')]).toEqual(
      [12, 15, 6], // prettier-ignore
    );
    expect(facts.spec('nobody')).toBe(undefined);
  });
});

describe('formulas', () => {
  it('have the numbers in them', () => {
    const image = spec(1, 28, 28);
    const conv = { kind: 'Conv2d', kernel_size: 5, stride: 1, padding: 2, dilation: 1 };
    expect(shapeFormula(conv, image)).toBe('(28 + 2·2 − 5) ÷ 1 + 1');
    expect(shapeFormula({ kind: 'MaxPool2d', kernel_size: 2, stride: null }, image)).toBe(
      '(28 − 2) ÷ 2 + 1',
    );
    expect(shapeFormula({ kind: 'Flatten' }, spec(16, 5, 5))).toBe('16·5·5');
    expect(shapeFormula({ kind: 'ReLU' }, image)).toBe(null);
    expect(parameterFormula({ weight: [6, 1, 5, 5], bias: [6] })).toBe('6·1·5·5 + 6');
    expect(parameterFormula({})).toBe(null);
  });
});
