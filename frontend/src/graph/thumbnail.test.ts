import { describe, expect, it } from 'vitest';

import { pooled, shrunk, unpooled } from './thumbnail';

const ramp = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 7) % 251);

describe('an image made smaller', () => {
  it('is itself at its own size', () => {
    expect([...shrunk(ramp(36), 6, 6, 6)]).toEqual(ramp(36));
  });

  it('keeps its mean, whatever the sides', () => {
    const values = ramp(32 * 32);
    const mean = (all: ArrayLike<number>): number =>
      Array.from(all).reduce((a, b) => a + b, 0) / all.length;
    for (const side of [4, 5, 22, 23, 31])
      expect(mean(shrunk(values, 32, 32, side))).toBeCloseTo(mean(values), 0);
  });

  it('shows a line of one pixel that falls between its own pixels', () => {
    const line = Array.from({ length: 32 * 32 }, (_, i) => (i % 32 === 13 ? 255 : 0));
    const small = shrunk(line, 32, 32, 22);
    expect(Math.max(...small.slice(0, 22))).toBeGreaterThan(80);
  });

  it('has the means of its blocks, and comes back with a block for each pixel', () => {
    const { values, width, height } = pooled([1, 3, 5, 7, 9, 11, 2, 4, 6], 3, 3, 2);
    expect([width, height]).toEqual([2, 2]);
    expect([...values]).toEqual([5, 8, 3, 6]);
    expect([...unpooled(values, 3, 3, 2)]).toEqual([5, 5, 8, 5, 5, 8, 3, 3, 6]);
    expect([...unpooled(pooled(ramp(16), 4, 4, 1).values, 4, 4, 1)]).toEqual(ramp(16));
  });
});
