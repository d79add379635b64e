import { expect, it } from 'vitest';

import { ago, bytes } from './ago';
import { outlinePath } from './outline';

it('draws a curve from the highest to the lowest, on a logarithmic axis', () => {
  expect(outlinePath([100, 10, 1], 20, 10)).toBe('M0.0 0.0L10.0 5.0L20.0 10.0');
  expect(outlinePath([1], 20, 10)).toBe('');
});

it('leaves a gap where a number is not finite', () => {
  expect(outlinePath([10, null, 1, 1], 30, 10)).toBe('M0.0 0.0M20.0 10.0L30.0 10.0');
});

it('says how long ago and how large as people do', () => {
  const [then, minute] = [1_000_000, 60_000];
  expect(ago(then, then + 10)).toEqual({ key: 'now' });
  expect(ago(then, then + 5.5 * minute)).toEqual({ key: 'minutes', n: 5 });
  expect(ago(then, then + 50 * 60 * minute)).toEqual({ key: 'days', n: 2 });
  expect([bytes(12), bytes(4200), bytes(12_345_678)]).toEqual([
    '12\u2009B',
    '4.2\u2009kB',
    '12\u2009MB',
  ]);
});
