import { describe, expect, it } from 'vitest';

import { choose, neighbour } from './choice';
import { layOut } from './spine';
import { entrancesOf, stagesOf } from './stages';
import { inspection, node } from './testing';

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
