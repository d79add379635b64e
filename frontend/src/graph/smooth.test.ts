import { expect, it } from 'vitest';

import { smooth } from './smooth';

it('keeps a flat field and the sum of a spike', () => {
  expect([...smooth(new Float32Array(12).fill(3), 4, 3)]).toEqual(new Array(12).fill(3));
  const spike = new Float32Array(81);
  spike[40] = 16;
  const blurred = smooth(spike, 9, 9, 1);
  expect(blurred[40]).toBe(4);
  expect(blurred[39]).toBe(2);
  expect(blurred[31]).toBe(2);
  expect(blurred.reduce((sum, value) => sum + value, 0)).toBe(16);
});
