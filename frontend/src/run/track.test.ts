import { expect, it } from 'vitest';

import { Curve } from './series';
import { decades, heightOf, spanOf, trackOf } from './track';

function curve(values: number[]): Curve {
  const made = new Curve(10);
  values.forEach((value, i) => {
    made.add(i + 1, 1, value, value, value);
  });
  return made;
}

it('spans what is seen, without what is zero or infinite', () => {
  expect(spanOf([{ curve: curve([0, 2, 8, Infinity]), smooth: false }])).toEqual({
    low: 2,
    high: 8,
  });
  expect(heightOf(4, { low: 2, high: 8 })).toBeCloseTo(0.5);
  expect(heightOf(0, { low: 2, high: 8 })).toBe(0);
});

it('keeps one point for each column, the last', () => {
  const points = trackOf(
    curve([1, 2, 3, 4]),
    false,
    (step) => step / 2,
    (value) => value,
  );
  expect(points).toEqual([
    [0.5, 1],
    [1.5, 3],
    [2, 4],
  ]);
});

it('marks round numbers', () => {
  expect(decades({ low: 0.002, high: 30 })).toEqual([0.01, 0.1, 1, 10]);
  expect(decades({ low: 0.02, high: 0.5 })).toEqual([0.02, 0.05, 0.1, 0.2, 0.5]);
});
