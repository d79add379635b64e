import { describe, expect, it } from 'vitest';

import { addressAt, choose, missingCell, neighbour } from './choice';
import { layOut } from './spine';
import { entrancesOf, stagesOf } from './stages';
import { inspection, node, spec } from './testing';

const inspected = inspection([
  node('hidden1', 'Linear', ['x']),
  node('hidden1_tanh', 'Tanh', ['hidden1']),
  node('hidden2', 'Linear', ['hidden1_tanh']),
  node('output', 'Linear', ['hidden2']),
]);
const stages = stagesOf(inspected);
const spine = layOut(
  {
    stages,
    entrances: entrancesOf(inspected),
    ground: 'plane',
    features: [],
    classes: 2,
    active: new Map(),
    unfolded: new Set(),
    chosen: null,
  },
  { width: 904, height: 368, mode: 'desk' },
);

describe('choose', () => {
  it('takes what the cursor names, be it the activation', () => {
    expect(choose(stages, 'hidden1.3')).toMatchObject({ unit: 2, name: 'hidden1.3' });
    expect(choose(stages, 'hidden1_tanh.3')?.name).toBe('hidden1.3');
    expect(choose(stages, 'output')?.name).toBe('output.1');
  });

  it('falls back to the last hidden stage', () => {
    expect(choose(stages, null)?.name).toBe('hidden2.1');
    expect(choose(stages, 'hidden9.1')?.name).toBe('hidden2.1');
    expect(choose(stages, 'hidden2.5')?.name).toBe('hidden2.1');
    expect(choose([], null)).toBeNull();
  });
});

describe('a cell of a map', () => {
  const maps = stagesOf(
    inspection([node('conv2', 'Conv2d', ['x'], { outputs: { output: spec('CHW', 16, 8, 10) } })]),
  );

  it('is at the cursor, and counted row by row for the probes', () => {
    expect(choose(maps, 'conv2.7@4,5')).toMatchObject({
      unit: 6,
      cell: { row: 3, column: 4 },
      place: 34,
      name: 'conv2.7',
    });
  });

  it('is the middle one unless another is named', () => {
    for (const name of ['conv2.7', 'conv2.7@9,5', 'conv2.7@4,11', 'conv2.7@x']) {
      expect(choose(maps, name)).toMatchObject({ cell: { row: 4, column: 5 }, place: 45 });
    }
    expect(choose(stages, 'hidden1.3@1,1')).toMatchObject({ unit: 2, cell: null, place: null });
  });

  it('is missed where there is none', () => {
    expect(missingCell(maps, 'conv2.7@4,5')).toBeNull();
    expect(missingCell(maps, 'conv2.7')).toBeNull();
    expect(missingCell(maps, 'conv2.7@9,5')).toBe('9,5');
    expect(missingCell(maps, 'conv2.7@x')).toBe('x');
    expect(missingCell(stages, 'hidden1.3@1,1')).toBe('1,1');
  });

  it('stands in the address unless it is the middle', () => {
    const [stage] = maps;
    if (!stage) throw new Error('no stage');
    expect(addressAt(stage, 6, { row: 3, column: 4 })).toBe('conv2.7@4,5');
    expect(addressAt(stage, 6, { row: 4, column: 5 })).toBe('conv2.7');
    expect(addressAt(stage, 6, { row: 8, column: 5 })).toBe('conv2.7');
    expect(addressAt(stage, 6, null)).toBe('conv2.7');
  });
});

describe('neighbour', () => {
  const at = (name: string) => {
    const found = choose(stages, name);
    if (!found) throw new Error(name);
    return found;
  };

  it('walks along columns and across them, and stops at the ends', () => {
    expect(neighbour(spine, at('hidden1.1'), 'down')).toBe('hidden1.2');
    expect(neighbour(spine, at('hidden1.1'), 'up')).toBeNull();
    expect(neighbour(spine, at('hidden1.3'), 'right')).toBe('hidden2.3');
    expect(neighbour(spine, at('hidden2.3'), 'left')).toBe('hidden1.3');
    expect(neighbour(spine, at('hidden1.1'), 'left')).toBeNull();
    expect(neighbour(spine, at('output.4'), 'right')).toBeNull();
  });
});
