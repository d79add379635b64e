import { describe, expect, it } from 'vitest';

import { entrancesOf, originOf, shapeText, stagesOf, titleOf, weightOf } from './stages';
import { inspection, node, spec } from './testing';

describe('stagesOf', () => {
  it('draws a layer and its activation as one, named by the layer', () => {
    const [stage, ...rest] = stagesOf(
      inspection([node('hidden1', 'Linear', ['x']), node('hidden1_tanh', 'Tanh', ['hidden1'])]),
    );
    expect(rest).toEqual([]);
    expect(stage).toMatchObject({
      path: 'hidden1',
      nodes: ['hidden1', 'hidden1_tanh'],
      activations: ['Tanh'],
      sources: ['x'],
      parameters: 20,
      isOutput: true,
    });
  });

  it('keeps a layer apart that somebody else reads as well, or that is shown', () => {
    const nodes = [
      node('a', 'Linear', ['x']),
      node('relu', 'ReLU', ['a']),
      node('sum', 'Add', ['relu', 'a']),
    ];
    expect(stagesOf(inspection(nodes)).map(({ path }) => path)).toEqual(['a', 'relu', 'sum']);
    const shown = stagesOf(inspection(nodes.slice(0, 2)), ['a', 'relu']);
    expect(shown.map(({ path, isOutput }) => [path, isOutput])).toEqual([
      ['a', true],
      ['relu', true],
    ]);
  });

  it('lets a folded repetition stand for all', () => {
    const nodes = [
      node('embed', 'Linear', ['x']),
      node('blocks.0.dense', 'Linear', ['embed'], { repeat: 12 }),
      node('head', 'Linear', ['blocks.11.dense:output']),
    ];
    const fold = { path: 'blocks', first: 0, count: 12, repeat: 1, inputs: [], outputs: {} };
    const stages = stagesOf(inspection(nodes, [fold]));
    expect(stages.map(({ sources }) => sources)).toEqual([['x'], ['embed'], ['blocks.0.dense']]);
    expect(stages[1]).toMatchObject({ repeat: 12, parameters: 240 });
  });
});

describe('entrancesOf', () => {
  it('lists what comes from outside', () => {
    const nodes = [
      node('a', 'Linear', ['x']),
      node('b', 'Linear', ['y']),
      node('c', 'Add', ['a', 'b']),
    ];
    expect(entrancesOf(inspection(nodes)).map(({ name }) => name)).toEqual(['x', 'y']);
  });
});

describe('names and shapes', () => {
  it('read as people say them', () => {
    expect(titleOf('hidden1')).toBe('hidden 1');
    expect(titleOf('blocks.0.self_attention')).toBe('self attention');
    expect(titleOf('blocks.3')).toBe('blocks');
    expect(titleOf('convA1')).toBe('conv a1');
    expect(shapeText(spec('CHW', 16, 8, 8))).toBe('16×8×8');
    expect(shapeText(null)).toBe('?');
  });
});

describe('origins', () => {
  it('lead through what only rearranges', () => {
    const stages = stagesOf(
      inspection([node('pixels', 'Flatten', ['x']), node('output', 'Linear', ['pixels'])]),
    );
    expect(originOf('pixels', stages)).toBe('x');
    expect(stages.map((stage) => weightOf(stage)?.name)).toEqual([undefined, 'output.weight']);
  });
});
