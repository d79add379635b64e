import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Pace } from './pace';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it('lets a burst pass, then keeps to its rate, in order', () => {
  const pace = new Pace(10, 3, () => Date.now());
  const done: number[] = [];
  for (let i = 0; i < 8; i++) pace.run(() => done.push(i));
  expect(done).toEqual([0, 1, 2]);
  vi.advanceTimersByTime(101);
  expect(done).toEqual([0, 1, 2, 3]);
  vi.advanceTimersByTime(1000);
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('forgets what waits', () => {
  const pace = new Pace(10, 1, () => Date.now());
  const done: number[] = [];
  for (let i = 0; i < 4; i++) pace.run(() => done.push(i));
  pace.clear();
  vi.advanceTimersByTime(5000);
  expect(done).toEqual([0]);
});
