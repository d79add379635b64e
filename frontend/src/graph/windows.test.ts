import { describe, expect, it } from 'vitest';

import { layerAt, windowOf } from './layer';
import { cellAt, cellBeside, marksOf } from './marks';
import { layOut } from './spine';
import { image, inspection, known, lenet, node, pool, spec } from './testing';
import { entrancesOf, stagesOf } from './stages';
import { windowsOf } from './windows';

const net = known(lenet());

function sizes(path: string, row: number, column: number): Record<string, [number, number]> {
  const windows = windowsOf(net, path, { row, column });
  return Object.fromEntries(
    [...windows].map(([at, { top, left, bottom, right }]) => [at, [bottom - top, right - left]]),
  );
}

describe('windowsOf', () => {
  it('grows through LeNet-5 as its layers say: 5, 6, 14, 16, 32', () => {
    expect(sizes('conv1', 3, 4)).toEqual({ x: [5, 5] });
    expect(sizes('pool1', 3, 4)).toEqual({ conv1: [2, 2], x: [6, 6] });
    expect(sizes('conv2', 3, 4)).toEqual({ pool1: [5, 5], conv1: [10, 10], x: [14, 14] });
    expect(sizes('pool2', 1, 1)['x']).toEqual([16, 16]);
    expect(sizes('conv3', 0, 0)).toMatchObject({ pool2: [5, 5], x: [32, 32] });
  });

  it('stands where the cell looks', () => {
    const windows = windowsOf(net, 'conv2', { row: 3, column: 4 });
    expect(windows.get('pool1')).toEqual({ top: 3, left: 4, bottom: 8, right: 9 });
    expect(windows.get('x')).toEqual({ top: 6, left: 8, bottom: 20, right: 22 });
  });

  it('ends at the edge of a map, and joins what comes by two ways', () => {
    const map = { outputs: { output: spec('CHW', 2, 8, 8) } };
    const wire = (source: string, i: number) => ({ port: `input${i}`, source, spec: spec('CHW', 2, 8, 8) }); // prettier-ignore
    const inspected = inspection([
      node('conv', 'Conv2d', [], { ...map, inputs: [wire('x', 0)] }),
      node('both', 'Add', [], { ...map, inputs: [wire('conv', 0), wire('x', 1)] }),
    ]);
    const layer = { kind: 'Conv2d', kernel_size: [3, 3], stride: 1, padding: 2, dilation: [2, 1] };
    const document = { nodes: [{ id: 'conv', layer, inputs: [] }] } as unknown as typeof net.graph;
    const one = { stages: stagesOf(inspected), entrances: entrancesOf(inspected), graph: document };
    const windows = windowsOf(one, 'both', { row: 1, column: 4 });
    expect(windows.get('conv')).toEqual({ top: 1, left: 4, bottom: 2, right: 5 });
    expect(windows.get('x')).toEqual({ top: 0, left: 2, bottom: 4, right: 5 });
  });
});

describe('layerAt', () => {
  it('finds layers inside of blocks, repeated or not', () => {
    const layer = { kind: 'MaxPool2d', kernel_size: [3, 2] };
    const inner = [{ id: 'pool', layer, inputs: ['x'] }];
    const block = (repeat: number | null) => ({ id: 'b', repeat, inputs: {}, block: { inputs: ['x'], nodes: inner, outputs: {} } }); // prettier-ignore
    const graph = (repeat: number | null) => ({ nodes: [block(repeat)] }) as unknown as typeof net.graph; // prettier-ignore
    expect(windowOf(layerAt(graph(null), 'b.pool'))).toBe('3×2');
    expect(windowOf(layerAt(graph(2), 'b.1.pool'))).toBe('3×2');
    expect(layerAt(graph(2), 'b.1.nobody')).toEqual({});
    expect(windowOf({ kind: 'Tanh' })).toBeNull();
  });
});

describe('marks', () => {
  const grid = { rows: 10, columns: 20 };
  const scene = {
    stages: net.stages,
    entrances: net.entrances,
    ground: 'none' as const,
    features: [],
    classes: 10,
    active: new Map<string, number[]>(),
    unfolded: new Set<string>(),
    chosen: null,
  };

  it('find the cell under a place, and the one beside it', () => {
    const size = { width: 40, height: 30 };
    expect(cellAt({ x: 39.9, y: 3.1 }, size, grid)).toEqual({ row: 1, column: 19 });
    expect(cellAt({ x: -1, y: 99 }, size, grid)).toEqual({ row: 9, column: 0 });
    expect(cellBeside({ row: 0, column: 19 }, 'up', grid)).toEqual({ row: 0, column: 19 });
    expect(cellBeside({ row: 0, column: 19 }, 'left', grid)).toEqual({ row: 0, column: 18 });
  });

  it('outline the cell on its map alone, and its windows on all maps before', () => {
    const spine = layOut(scene, { width: 904, height: 358, mode: 'desk' });
    const cell = { row: 3, column: 4 };
    const marks = marksOf(spine, {
      path: 'conv2',
      unit: 6,
      cell,
      windows: windowsOf(net, 'conv2', cell),
    });
    expect(marks.filter(({ kind }) => kind === 'cell').map(({ key }) => key)).toEqual(['conv2.6']);
    expect(marks.map(({ key }) => key.split('.')[0])).toEqual([
      'x', ...Array<string>(6).fill('conv1'), ...Array<string>(6).fill('pool1'), 'conv2',
    ]); // prettier-ignore
    const tile = spine.groups.find(({ path }) => path === 'x')?.boxes[0];
    const mark = marks.find(({ key }) => key === 'x.0');
    expect(mark?.x).toBeCloseTo((tile?.x ?? 0) + ((tile?.width ?? 0) * 8) / 32);
    expect(mark?.height).toBeCloseTo(((tile?.height ?? 0) * 14) / 32);
  });

  it('are none on an input that the cell does not reach', () => {
    const other = known(pool(image(1, 8), 'pool1'));
    expect([...windowsOf(other, 'pool1', { row: 0, column: 3 }).keys()]).toEqual(['x']);
  });
});
