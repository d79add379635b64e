import { describe, expect, it } from 'vitest';

import { adding, partsOf, sumOf } from './sums';
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

describe('the parts of a sum', () => {
  const whole = (value: number): number => Math.round(value * 1e4);

  it('are printed so that they and the bias add up to the printed sum', () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647 - 0.5;
    };
    for (let turn = 0; turn < 500; turn++) {
      const parts = Array.from({ length: 1 + (turn % 20) }, () => random() * 10 ** (turn % 4));
      const bias = random();
      const sum = parts.reduce((all, part) => all + part, bias);
      const found = partsOf(parts, bias, sum, 7);
      const printed = [...found.shown.map(({ part }) => part), found.others?.part ?? 0];
      const total = printed.reduce((all, part) => all + whole(part), 0);
      expect(total).toBe(whole(found.total));
      expect(total + whole(found.bias)).toBe(whole(found.sum));
      expect(found.sum).toBeCloseTo(sum, 4);
      for (const { index, part } of found.shown) {
        expect(Math.abs(part - (parts[index] ?? 0))).toBeLessThan(2.1e-4);
      }
    }
  });

  it('are the strongest where there are many, in their order', () => {
    const found = partsOf([0.1, -3, 0.2, 2, 0.01], 0.5, -0.19, 3);
    expect(found.shown.map(({ index }) => index)).toEqual([1, 3]);
    expect(found.others).toEqual({ count: 3, part: 0.31 });
    expect(partsOf([1, 2, 3], 0, 6, 3).others).toBeNull();
  });

  it('would not add up if each were rounded by itself', () => {
    const parts = Array.from({ length: 6 }, () => 0.00004);
    expect(parts.reduce((all, part) => all + whole(part), 0)).not.toBe(whole(0.00024));
    expect(adding(parts, 2).reduce((all, part) => all + whole(part), 0)).toBe(2);
  });
});
