import { describe, expect, it } from 'vitest';

import { choose } from '../../graph/choice';
import { layOut } from '../../graph/spine';
import type { Scene } from '../../graph/spine';
import { entrancesOf, stagesOf } from '../../graph/stages';
import { inspection, node, spec } from '../../graph/testing';
import type { Frame, FrameArray } from '../../wire/frame';
import type { Frames } from './pictures';
import { strandsOf, strokesOf } from './strands';

const inspected = inspection([
  node('hidden1', 'Linear', [], {
    inputs: [{ port: 'input', source: 'x', spec: spec('D', 2) }],
    outputs: { output: spec('D', 2) },
    parameter_shapes: { weight: [2, 2], bias: [2] },
  }),
  node('output', 'Linear', ['hidden1'], {
    outputs: { output: spec('D', 1) },
    parameter_shapes: { weight: [1, 2], bias: [1] },
  }),
]);
const stages = stagesOf(inspected);
const scene: Scene = {
  stages,
  entrances: entrancesOf(inspected),
  ground: 'plane',
  features: [],
  classes: 2,
  active: new Map(),
  unfolded: new Set(),
  chosen: null,
};
const spine = layOut(scene, { width: 904, height: 368, mode: 'desk' });
const chosen = choose(stages, 'output.1');

function frame(arrays: [name: string, node: string, shape: number[], values: number[]][]): Frame {
  const list = arrays.map(([name, at, shape, values]): FrameArray => ({
    name,
    node: at,
    axes: [],
    dtype: 'float32',
    shape,
    scale: 'node',
    lo: -1,
    hi: 1,
    values: new Float32Array(values),
  }));
  const find = (name: string, at?: string) =>
    list.find((a) => a.name === name && (at ?? a.node) === a.node);
  return { arrays: list, array: find } as unknown as Frame;
}

const frames: Frames = {
  boundary: null,
  value: frame([['output', 'hidden1', [2], [1, -0.5]]]),
  weight: frame([
    ['weight', 'output.weight', [1, 2], [2, 2]],
    ['grad', 'output.weight', [1, 2], [-3, 1]],
  ]),
  grad: null,
};

describe('strands', () => {
  const strands = strandsOf(spine, stages, chosen);

  it('stand for one weight each', () => {
    expect(strands).toHaveLength(6);
    expect(
      strands.filter(({ to }) => to === 'output').map(({ row, column }) => [row, column]),
    ).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });

  it('show what the chosen unit is told: contributions by sign and amount', () => {
    const [strong, weak] = strokesOf(strands, frames, 'values', chosen).slice(-2);
    expect(strong).toMatchObject({ kind: 'positive', opacity: 1 });
    expect(weak).toMatchObject({ kind: 'negative', opacity: 0.7 });
  });

  it('show where the chosen unit’s weights are pushed', () => {
    const kinds = strokesOf(strands, frames, 'gradients', chosen).map(({ kind }) => kind);
    expect(kinds.slice(-2)).toEqual(['up', 'down']);
  });

  it('lead on in ink from a hidden unit, and rest where nothing is known', () => {
    const hidden = choose(stages, 'hidden1.1');
    const kinds = strokesOf(strands, frames, 'values', hidden).map(({ kind }) => kind);
    expect(kinds).toEqual(['rest', 'rest', 'rest', 'rest', 'ahead', 'rest']);
  });
});
