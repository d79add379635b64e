import { describe, expect, it } from 'vitest';

import { dialled, spread } from './hand';

const sum = (weights: readonly number[]): number => weights.reduce((all, each) => all + each, 0);

describe('a row of attention by hand', () => {
  it('is the same on all places that were chosen', () => {
    expect(spread(4, [1])).toEqual([0, 1, 0, 0]);
    expect(spread(4, [0, 3, 0])).toEqual([0.5, 0, 0, 0.5]);
  });

  it('gives one place a share, and the others what they had of the rest', () => {
    expect(dialled([0.5, 0.3, 0.2], 0, 0)).toEqual([0, 0.6, 0.4]);
    expect(dialled([0.5, 0.3, 0.2], 2, 0.6)[2]).toBe(0.6);
    for (const share of [0, 0.3, 0.9, 1])
      expect(sum(dialled([0.5, 0.3, 0.2], 1, share))).toBeCloseTo(1);
  });

  it('has somewhere to look even if all was in one place', () => {
    expect(dialled([0, 1, 0], 1, 0.5)).toEqual([0.25, 0.5, 0.25]);
    expect(dialled([1], 0, 0)).toEqual([1]);
  });
});
