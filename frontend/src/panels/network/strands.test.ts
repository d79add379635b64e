import { describe, expect, it } from 'vitest';

import { choose } from '../../graph/choice';
import { layOut } from '../../graph/spine';
import type { Scene } from '../../graph/spine';
import { entrancesOf, stagesOf } from '../../graph/stages';
import { inspection, known, lenet, node, spec } from '../../graph/testing';
import type { Frame, FrameArray } from '../../wire/frame';
import { loadsOf } from './loads';
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

describe('wires between maps', () => {
  const net = known(lenet());
  const laid = layOut(
    { ...scene, stages: net.stages, entrances: net.entrances, ground: 'none', classes: 10 },
    { width: 904, height: 358, mode: 'desk' },
  );
  const quiet: Frames = { boundary: null, value: null, weight: null, grad: null };

  it('lead from every map to every filter, and to pooled maps one by one', () => {
    const wires = strandsOf(laid, net.stages, null).filter(({ isBand }) => !isBand);
    const count = (to: string): number => wires.filter((wire) => wire.to === to).length;
    expect(['conv1', 'pool1', 'conv2', 'pool2'].map(count)).toEqual([6, 6, 96, 16]);
    expect(wires.filter(({ isOwn }) => isOwn).every(({ row, column }) => row === column)).toBe(
      true,
    );
  });

  it('carry the sums of products of the chosen cell by where they come from', () => {
    const chosen = choose(net.stages, 'conv2.7@4,5');
    const [sources, units] = [Array<string>(3).fill('pool1'), [0, 195, 196]];
    const contrib = {
      ...frame([['product', 'conv2', [3], [0.5, -0.25, -1]]]),
      details: { unit: 6, place: 34, sources, units },
    };
    const loads = loadsOf(contrib, chosen, net);
    expect([...loads]).toEqual([['pool1.0', 0.25], ['pool1.1', -1]]); // prettier-ignore
    expect(loadsOf(contrib, choose(net.stages, 'conv2.7@4,6'), net).size).toBe(0);
    expect(loadsOf(contrib, choose(net.stages, 'conv2.8@4,5'), net).size).toBe(0);

    const wires = strandsOf(laid, net.stages, chosen);
    const strokes = strokesOf(wires, quiet, 'values', chosen, loads);
    const into = wires.flatMap((wire, i) => (wire.to === 'conv2' && wire.row === 6 ? [strokes[i]] : [])); // prettier-ignore
    expect(into.map((stroke) => stroke?.kind)).toEqual([
      'positive', 'negative', 'rest', 'rest', 'rest', 'rest',
    ]); // prettier-ignore
    expect(into[1]?.width).toBeGreaterThan(into[0]?.width ?? 9);
    const on = wires.findIndex(({ from, row }) => from === 'conv2' && row === 6);
    expect(strokes[on]?.kind).toBe('ahead');
  });

  it('carry the gradients of whole windows of weights backwards', () => {
    const chosen = choose(net.stages, 'conv2.1');
    const slopes = Array.from({ length: 16 * 6 * 25 }, (_, i) => (i < 25 ? -1 : i < 50 ? 2 : 0));
    const frames = { ...quiet, weight: frame([['grad', 'conv2.weight', [16, 6, 5, 5], slopes]]) };
    const wires = strandsOf(laid, net.stages, chosen);
    const strokes = strokesOf(wires, frames, 'gradients', chosen);
    const into = wires.flatMap((wire, i) => (wire.to === 'conv2' && wire.row === 0 ? [strokes[i]] : [])); // prettier-ignore
    expect(into.slice(0, 2).map((stroke) => stroke?.kind)).toEqual(['up', 'down']);
  });

  it('lead to one unit of a barcode as to a place of its own, the weak ones left out', () => {
    const chosen = choose(net.stages, 'dense1.84');
    const wires = strandsOf(laid, net.stages, chosen).filter(({ isExtra }) => isExtra);
    expect(wires).toHaveLength(120);
    const weights = Array.from({ length: 84 * 120 }, (_, i) => (i === 83 * 120 ? 4 : 0.1));
    const frames = {
      ...quiet,
      value: frame([['output', 'conv3', [120], Array<number>(120).fill(1)]]),
      weight: frame([['weight', 'dense1.weight', [84, 120], weights]]),
    };
    const strokes = strokesOf(wires, frames, 'values', chosen);
    expect(strokes[0]).toMatchObject({ kind: 'positive', opacity: 1 });
    expect(strokes[1]).toMatchObject({ opacity: 0 });
    expect(strandsOf(laid, net.stages, null).some(({ isExtra }) => isExtra)).toBe(false);
  });
});
