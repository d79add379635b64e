import { expect, test } from 'vitest';

import type { FrameAnswer } from '../../../wire/schema';
import { worthOf } from './worth';

const frame = (whole: object, ...arrays: [string, string, number[]][]): FrameAnswer =>
  ({
    details: { whole },
    arrays: arrays.map(([name, node, data]) => ({ name, node, data })),
  }) as unknown as FrameAnswer;

test('words are told rather than sentences, and what is lost is a part of the greatest loss', () => {
  const worth = worthOf(
    frame(
      { accuracy: 0.5, token_accuracy: 0.9 },
      ['accuracy', 'cross', [0.1, 0.5]],
      ['token_accuracy', 'cross', [0.5, 0.8]],
      ['token_accuracy', 'self', [0.95]],
    ),
  );
  expect(worth?.whole).toBe(0.9);
  expect(worth?.right('cross', 1)).toBe(0.8);
  expect(worth?.right('self', 1)).toBeUndefined();
  expect(worth?.part(0.5)).toBe(1);
  expect(worth?.part(0.8)).toBeCloseTo(0.25);
  expect(worth?.part(0.95)).toBe(0);
});

test('where nothing is lost, every part is 0; nothing measured is nothing', () => {
  expect(worthOf(frame({ accuracy: 0.5 }, ['accuracy', 'a', [0.5, 0.6]]))?.part(0.5)).toBe(0);
  expect(worthOf(null)).toBeNull();
});
