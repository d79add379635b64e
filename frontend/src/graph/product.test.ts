import { describe, expect, it } from 'vitest';

import { bracketed, relation, sumRelation } from './product';

describe('products in the digits printed', () => {
  it('hold exactly, or only about', () => {
    expect(relation([-0.5, 0.5], -0.25)).toBe('=');
    // 0.3333 × 0.3333 is 0.1111 in four digits as well; 0.6667 × 0.6667 is not 0.4444.
    expect(relation([1 / 3, 1 / 3], 1 / 9)).toBe('=');
    expect(relation([2 / 3, 2 / 3], 4 / 9)).toBe('≈');
    expect(relation([0, 0.5], 0)).toBe('=');
  });

  it('say the same of sums', () => {
    expect(sumRelation([0.25, 0.125], 0.375)).toBe('=');
    expect(sumRelation([1000, 0.12344], 1000.12344)).toBe('=');
    expect(sumRelation([1 / 3, 1 / 3, 1 / 3], 1)).toBe('≈');
  });
});

describe('factors behind a sign', () => {
  it('stand in brackets where they would be misread', () => {
    expect(bracketed(-0.5)).toBe('(−0.5000)');
    expect(bracketed(1e-5)).toBe('(1.000·10⁻⁵)');
    expect(bracketed(0.5)).toBe('0.5000');
  });
});
