import { describe, expect, it } from 'vitest';

import { byActivity, columnsOf } from './columns';
import { layOut } from './spine';
import type { Group, Room, Scene, Spine } from './spine';
import { entrancesOf, stagesOf } from './stages';
import { inspection, node, spec } from './testing';

const ROOM: Room = { width: 904, height: 368, mode: 'desk' };

function dense(path: string, of: string, inputs: number, outputs: number) {
  return node(path, 'Linear', [of], {
    inputs: [{ port: 'input', source: of, spec: spec('D', inputs) }],
    outputs: { output: spec('D', outputs) },
    parameter_shapes: { weight: [outputs, inputs], bias: [outputs] },
    parameters: outputs * (inputs + 1),
  });
}

function scene(nodes: ReturnType<typeof node>[], more: Partial<Scene> = {}): Scene {
  const inspected = inspection(nodes);
  return {
    stages: stagesOf(inspected),
    entrances: entrancesOf(inspected),
    ground: 'plane',
    features: [],
    classes: 2,
    active: new Map(),
    unfolded: new Set(),
    chosen: null,
    ...more,
  };
}

function group(spine: Spine, path: string): Group {
  const found = spine.groups.find((candidate) => candidate.path === path);
  if (!found) throw new Error(path);
  return found;
}

/** Nothing lies over anything else, and all lies inside. */
function expectOrder(spine: Spine): void {
  const boxes = spine.groups.flatMap((each) => each.boxes);
  for (const [i, a] of boxes.entries()) {
    expect(a.x).toBeGreaterThanOrEqual(0);
    expect(a.y).toBeGreaterThanOrEqual(0);
    expect(a.x + a.width).toBeLessThanOrEqual(spine.width);
    expect(a.y + a.height).toBeLessThanOrEqual(spine.height);
    for (const b of boxes.slice(i + 1)) {
      const apart =
        a.x + a.width <= b.x ||
        b.x + b.width <= a.x ||
        a.y + a.height <= b.y ||
        b.y + b.height <= a.y;
      expect(apart, `${a.path}.${a.unit} ${b.path}.${b.unit}`).toBe(true);
    }
  }
}

const CIRCLES = [
  dense('hidden1', 'x', 2, 4),
  dense('hidden2', 'hidden1', 4, 4),
  dense('output', 'hidden2', 4, 1),
];

describe('layOut', () => {
  it('gives every unit of a small network its portrait, and the answer a large one', () => {
    const spine = layOut(scene(CIRCLES), ROOM);
    expectOrder(spine);
    expect(spine.groups.map(({ path, boxes }) => [path, boxes.length])).toEqual([
      ['x', 2],
      ['hidden1', 4],
      ['hidden2', 4],
      ['output', 1],
    ]);
    expect(group(spine, 'hidden1').boxes[0]).toMatchObject({
      width: 50,
      height: 50,
      kind: 'field',
    });
    expect(group(spine, 'output').boxes[0]).toMatchObject({ width: 100, height: 100 });
    expect(spine.links.map(({ kind }) => kind)).toEqual(['units', 'units', 'units']);
    expect(spine.width).toBe(904);
  });

  it('offers the features that are not in use', () => {
    const features = ['x1', 'x2', 'x1_x2'].map((name, i) => ({ name, used: i < 2 }));
    const spine = layOut(scene(CIRCLES, { features }), ROOM);
    expect(spine.offers.map(({ name }) => name)).toEqual(['x1_x2']);
    expect(spine.offers[0]?.x).toBeLessThan(group(spine, 'x').x);
  });

  it('folds wide stages to the most active units, and unfolds them', () => {
    const wide = [dense('hidden1', 'x', 2, 32), dense('output', 'hidden1', 32, 1)];
    const active = new Map([['hidden1', [31, 7, 5, 3, 2, 1, 0, 9, 10]]]);
    const folded = group(layOut(scene(wide, { active }), ROOM), 'hidden1');
    expect(folded.boxes.map(({ unit }) => unit)).toEqual([0, 1, 2, 3, 5, 7, 9, 31]);
    expect(folded.fold).toMatchObject({ open: false, count: 32 });

    const chosen = layOut(scene(wide, { active, chosen: { path: 'hidden1', unit: 20 } }), ROOM);
    expect(group(chosen, 'hidden1').boxes.map(({ unit }) => unit)).toContain(20);

    const spine = layOut(scene(wide, { unfolded: new Set(['hidden1']) }), ROOM);
    expect(group(spine, 'hidden1').boxes).toHaveLength(32);
    expectOrder(spine);
  });

  it('draws what reads an image as the image that it looks for', () => {
    const pixels = node('pixels', 'Flatten', ['x'], {
      inputs: [{ port: 'input', source: 'x', spec: spec('HW', 20, 20) }],
      outputs: { output: spec('D', 400) },
    });
    const spine = layOut(
      scene([pixels, dense('output', 'pixels', 400, 1)], { ground: 'none' }),
      ROOM,
    );
    expect(spine.groups.map(({ path, portrait }) => [path, portrait.kind])).toEqual([
      ['x', 'tile'],
      ['output', 'template'],
    ]);
    expect(spine.links).toEqual([{ from: 'x', to: 'output', kind: 'fan', detour: false }]);
    expectOrder(spine);
  });

  it('has a picture for networks that nobody foresaw', () => {
    const nodes = [
      node('conv', 'Conv2d', ['image'], { outputs: { output: spec('CHW', 16, 24, 24) } }),
      node('flat', 'Flatten', ['conv'], { outputs: { output: spec('D', 9216) } }),
      dense('wide', 'flat', 9216, 300),
      dense('text', 'words', 50, 300),
      node('both', 'Add', ['wide', 'text', 'flat'], { outputs: { output: spec('D', 300) } }),
      node('scores', 'MatMul', ['both'], { outputs: { output: spec('TT', 12, 12) } }),
      dense('classes', 'scores', 144, 10),
    ];
    const spine = layOut(scene(nodes, { ground: 'none', classes: 10 }), ROOM);
    expectOrder(spine);
    expect(group(spine, 'conv').boxes).toHaveLength(16);
    expect(group(spine, 'classes').portrait.kind).toBe('chances');
    expect(group(spine, 'scores').portrait.kind).toBe('matrix');
    expect(spine.links.find(({ from, to }) => from === 'conv' && to === 'both')?.detour).toBe(true);
  });

  it('keeps only names where there is little room', () => {
    const spine = layOut(scene(CIRCLES), { width: 1248, height: 190, mode: 'present' });
    expect(spine.tight).toBe(true);
    expectOrder(spine);
  });

  it('grows on phones, and scrolls where columns do not fit', () => {
    const deep = Array.from({ length: 12 }, (_, i) => dense(`h${i}`, i ? `h${i - 1}` : 'x', 4, 4));
    const spine = layOut(scene(deep), { width: 358, height: 0, mode: 'phone' });
    expect(spine.width).toBeGreaterThan(1000);
    expect(spine.height).toBeGreaterThan(300);
    expectOrder(spine);
  });
});

describe('columnsOf', () => {
  it('puts every stage to the right of what feeds it, and inputs before their readers', () => {
    const nodes = [
      node('encoder', 'Linear', ['source']),
      node('mixed', 'Linear', ['encoder']),
      node('decoder', 'Add', ['mixed', 'target']),
    ];
    const inspected = inspection(nodes);
    expect(columnsOf(stagesOf(inspected), entrancesOf(inspected))).toEqual([
      ['source'],
      ['encoder'],
      ['target', 'mixed'],
      ['decoder'],
    ]);
  });
});

describe('byActivity', () => {
  it('ranks by how much a picture varies, ties by number', () => {
    expect(byActivity([5, 5, 5, 0, 9, 0, 7, 7, 7], 3)).toEqual([1, 0, 2]);
  });
});
