import { expect, it } from 'vitest';

import { ratesAround, seedsFrom } from './rates';

it.each([16, 32, 64])(
  'tries rates on both sides of the present one, which is among them',
  (count) => {
    const rates = ratesAround(0.0312345, count);
    expect(rates).toHaveLength(count);
    expect(rates).toContain(0.0312345);
    expect(rates).toEqual([...new Set(rates)].sort((a, b) => a - b));
    expect((rates.at(-1) ?? 0) / (rates[0] ?? 1)).toBeGreaterThan(9000);
  },
);

it('goes on from the present seed', () => {
  expect(seedsFrom(5, 3)).toEqual([5, 6, 7]);
});
