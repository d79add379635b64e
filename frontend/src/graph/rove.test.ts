import { describe, expect, it } from 'vitest';

import { nextTarget } from './rove';

const grid = [
  { key: 'a1', x: 0, y: 0 },
  { key: 'a2', x: 0, y: 50 },
  { key: 'b1', x: 200, y: 10 },
  { key: 'b2', x: 200, y: 60 },
  { key: 'c', x: 400, y: 35 },
];

describe('nextTarget', () => {
  it('goes along a column and across columns', () => {
    expect(nextTarget(grid, 'a1', 'down')?.key).toBe('a2');
    expect(nextTarget(grid, 'a2', 'right')?.key).toBe('b2');
    expect(nextTarget(grid, 'c', 'left')?.key).toBe('b1');
  });

  it('stops at the ends', () => {
    expect(nextTarget(grid, 'a2', 'down')).toBeNull();
    expect(nextTarget(grid, 'c', 'right')).toBeNull();
    expect(nextTarget(grid, 'nowhere', 'up')).toBeNull();
  });
});
