import { describe, expect, it } from 'vitest';

import { apart, scale, tickText, ticksOf } from './draw';

describe('scales', () => {
  it('lay numbers over pixels, and survive an empty range', () => {
    expect(scale(-1, 1, 0, 100)(0)).toBe(50);
    expect(scale(2, 2, 10, 20)(2)).toBe(10);
  });

  it('have round ticks', () => {
    expect(ticksOf(-3.2, 3.2, 6)).toEqual([-2, 0, 2]);
    expect(ticksOf(0, 1, 4)).toEqual([0, 0.5, 1]);
    expect(ticksOf(1, 1, 4)).toEqual([]);
    expect(tickText(-0.5)).toBe('−0.5');
  });
});

describe('labels', () => {
  it('stand apart, in order, and inside', () => {
    expect(apart([10, 12, 11], 10, 100)).toEqual([10, 30, 20]);
    expect(apart([95, 96], 10, 100)).toEqual([90, 100]);
  });
});
