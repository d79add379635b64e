import { expect, it } from 'vitest';

import type { Frame } from '../wire/frame';
import { FrameCache } from './frames';

function frame(bytes: number): Frame {
  const array = { values: new Uint8Array(bytes) };
  return { arrays: [array] } as unknown as Frame;
}

it('keeps frames of past steps', () => {
  const cache = new FrameCache();
  const picture = frame(10);
  cache.put('run', 'probe', 4, picture);
  expect(cache.get('run', 'probe', 4)).toBe(picture);
  expect(cache.get('run', 'probe', 5)).toBeUndefined();
  expect(cache.get('other', 'probe', 4)).toBeUndefined();
});

it('forgets what was used longest ago when it is full', () => {
  const cache = new FrameCache(3500);
  for (const step of [1, 2, 3]) cache.put('run', 'probe', step, frame(600));
  cache.get('run', 'probe', 1);
  cache.put('run', 'probe', 4, frame(600));
  expect([1, 2, 3, 4].map((step) => cache.get('run', 'probe', step) !== undefined)).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect(cache.bytes).toBeLessThanOrEqual(3500);
});

it('forgets a past that has changed', () => {
  const cache = new FrameCache();
  for (const step of [1, 2, 3]) cache.put('run', '["kind with spaces"]', step, frame(1));
  cache.put('other', 'probe', 3, frame(1));
  cache.forget('run', 2);
  expect(
    [1, 2, 3].map((step) => cache.get('run', '["kind with spaces"]', step) !== undefined),
  ).toEqual([true, false, false]);
  expect(cache.get('other', 'probe', 3)).toBeDefined();
});
