import { expect, it } from 'vitest';

import { framed } from './framed.testing';
import { spotlit } from './spotlight';

const red = framed([
  { name: 'image', shape: [3, 2, 2], values: [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0] },
]).array('image');

it('what is looked at keeps its colour, the rest fades into the paper', () => {
  if (!red) throw new Error('no picture');
  expect(Array.from(spotlit(red, null, [1, 2], 'light'))).toEqual(Array(4).fill(0xff0000ff));
  const [left = 0, right = 0] = spotlit(red, [0.8, 0], [1, 2], 'light');
  expect(left).toBe(0xff0000ff);
  expect(right & 0xff).toBe(255);
  expect((right >> 8) & 0xff).toBe(Math.round(255 - 255 * 0.16));
});
