import { describe, expect, it } from 'vitest';

import type { Scalar, Scalars } from '../wire/capture';
import { PITCH, boxesOf } from './boxes';
import { bracketsOf } from './brackets';
import { chainOf } from './chain';
import { overlap, placeLabels } from './labels';
import type { Numbers } from './scalars';
import { edgeId } from './scalars';
import { threadsOf } from './threads';

type Given = Pick<Scalar, 'id' | 'role' | 'inputs'> & { column: number; row: number };

/** x · w + b, squared against t; two units read x. */
function network(): Scalars {
  const unit = (k: number): Given[] => [
    { id: `w${k}`, role: 'weight', inputs: [], column: 1, row: 3 * k },
    { id: `b${k}`, role: 'bias', inputs: [], column: 2, row: 3 * k + 1 },
    { id: `p${k}`, role: 'product', inputs: ['x', `w${k}`], column: 2, row: 3 * k },
    { id: `z${k}`, role: 'sum', inputs: [`p${k}`, `b${k}`], column: 3, row: 3 * k },
  ];
  const given: Given[] = [
    { id: 'x', role: 'input', inputs: [], column: 0, row: 1.5 },
    ...unit(0),
    ...unit(1),
    { id: 'E', role: 'loss', inputs: ['z0', 'z1'], column: 4, row: 1.5 },
  ];
  const scalars = given.map((scalar): Scalar => ({
    symbol: { base: scalar.id, sub: '' },
    op: scalar.inputs.length ? 'add' : '',
    constants: {},
    box: scalar.inputs.length ? '+' : scalar.id,
    node: /\d/.test(scalar.id) ? 'layer' : '',
    unit: null,
    parameter: /[wb]\d/.test(scalar.id) ? 'layer.weight' : '',
    index: [],
    ...scalar,
  }));
  const edges = scalars.flatMap(({ id, inputs }) =>
    inputs.map((from) => ({ from, to: id, slope: '1', tamper: null, factor: 1, wrong: '' })),
  );
  const groups = [0, 1].map((k) => ({
    node: 'layer',
    unit: k,
    output: `z${k}`,
    scalars: [`w${k}`, `b${k}`, `p${k}`, `z${k}`],
    top: 3 * k,
    bottom: 3 * k + 1,
  }));
  return {
    version: 1,
    key: '',
    scalars,
    edges,
    groups,
    steps: [],
    curves: [],
    columns: 5,
    rows: 5,
    loss: 'E',
  };
}

const ALL = new Set(['layer[0]', 'layer[1]']);

describe('boxesOf', () => {
  it('places all numbers as the document does, where all units are open', () => {
    const boxes = boxesOf(network(), ALL);
    const [x, loss] = ['x', 'E'].map((id) => boxes.find((box) => box.id === id));
    expect(boxes).toHaveLength(10);
    expect((loss?.x ?? 0) - (x?.x ?? 0)).toBe(4 * PITCH.x);
    expect(boxes.every(({ folds }) => folds === '')).toBe(true);
  });

  it('folds units to what they put out, and leaves no two boxes on one place', () => {
    for (const open of [new Set<string>(), new Set(['layer[1]']), ALL]) {
      const boxes = boxesOf(network(), open);
      const seen = boxes.map(({ id }) => id);
      expect(seen.includes('p0')).toBe(open.has('layer[0]'));
      expect(seen.includes('z0')).toBe(true);
      for (const one of boxes)
        for (const other of boxes)
          expect(
            one === other || one.x !== other.x || Math.abs(one.y - other.y) >= PITCH.y - 1e-9,
          ).toBe(true);
    }
  });
});

describe('threadsOf', () => {
  it('leads edges from and to what is outside a folded unit to its box', () => {
    const document = network();
    const threads = threadsOf(document, boxesOf(document, new Set()));
    expect(threads.map(({ id, from, to }) => [id, from.id, to.id])).toEqual([
      ['x>p0', 'x', 'z0'],
      ['x>p1', 'x', 'z1'],
      ['z0>E', 'z0', 'E'],
      ['z1>E', 'z1', 'E'],
    ]);
  });

  it('begins and ends each curve at the edges of its boxes', () => {
    const document = network();
    for (const { at, from, to } of threadsOf(document, boxesOf(document, ALL))) {
      expect(at(0).x).toBeCloseTo(from.x + from.width / 2);
      expect(at(1).x).toBeCloseTo(to.x - to.width / 2);
    }
  });
});

describe('bracketsOf', () => {
  it('counts the parameters of a layer, and leaves brackets apart', () => {
    const document = network();
    const [layer, loss] = bracketsOf(document, boxesOf(document, ALL));
    expect(layer).toMatchObject({ node: 'layer', parameters: 4 });
    expect(loss?.from).toBeGreaterThan(layer?.to ?? Infinity);
  });
});

describe('chainOf', () => {
  it('goes back on the way on which the most flows', () => {
    const document = network();
    const back = new Map(document.edges.map((edge) => [edgeId(edge), edge.from === 'p1' ? 2 : 1]));
    back.set('x>p1', 5);
    const numbers = { back } as unknown as Numbers;
    expect(chainOf(document, numbers, 'x').map(edgeId)).toEqual(['z1>E', 'p1>z1', 'x>p1']);
    expect(chainOf(document, numbers, 'w0>p0').map(edgeId)).toEqual(['z0>E', 'p0>z0', 'w0>p0']);
  });
});

describe('placeLabels', () => {
  const boxes = [0, 1, 2, 3].flatMap((column) =>
    [0, 1, 2].map((row) => ({ x: 110 * column, y: 70 * row, width: 80, height: 60 })),
  );
  const labels = [0, 1, 2].map((i) => ({
    id: String(i),
    width: 160,
    height: 22,
    anchors: [{ x: 95 + 110 * i, y: 100 }],
  }));

  it('covers no box and no other label where there is room', () => {
    const placed = placeLabels(labels, boxes, { width: 700, height: 420 });
    placed.forEach((label, i) => {
      expect(overlap(label, [...boxes, ...placed.filter((_, k) => k !== i)])).toBe(0);
    });
  });

  it('stays within the drawing where there is none', () => {
    for (const { x, y, width, height } of placeLabels(labels, boxes, { width: 420, height: 210 })) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(420);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y + height).toBeLessThanOrEqual(210);
    }
  });
});
