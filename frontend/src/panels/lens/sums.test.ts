import { describe, expect, it } from 'vitest';

import { sumOf } from './sums';
import type { Term } from './sums';

function terms(products: number[]): Term[] {
  return products.map((product, index) => ({
    index, name: `x${index}`, source: 'x', unit: index, input: 1, weight: product, product,
  })); // prettier-ignore
}

describe('sumOf', () => {
  it('shows few terms all, in their order', () => {
    const sum = sumOf(terms([0.5, -2, 1]), 0.25, -0.25, 6);
    expect(sum.terms.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(sum).toMatchObject({ others: null, total: -0.5, totalExact: true, sumExact: true });
  });

  it('folds the weak ones of many, and loses nothing', () => {
    const sum = sumOf(terms([0.1, -5, 0.2, 4, 0.3, -3, 0.4, 2]), 0, -1, 4);
    expect(sum.terms.map(({ index }) => index)).toEqual([1, 3, 5, 7]);
    expect(sum.others?.count).toBe(4);
    expect(sum.others?.product).toBeCloseTo(1);
    expect(sum.total).toBeCloseTo(-1);
  });

  it('does not fold a single one', () => {
    expect(sumOf(terms([1, 2, 3, 4, 5]), 0, 15, 4).others).toBeNull();
  });

  it('knows when rounding makes printed numbers miss their sum', () => {
    const sum = sumOf(terms([0.00004, 0.00004, 0.00004]), 0, 0.00012, 6);
    expect(sum.totalExact).toBe(false);
    expect(sum.sumExact).toBe(true);
  });
});
