import { expect, it } from 'vitest';

import { score } from './rows';

it('puts what begins so before what has a word that does, before scattered letters', () => {
  expect(score('hidden 1 · unit 2', 'hid')).toBe(3);
  expect(score('hidden 1 · unit 2', 'unit')).toBe(2);
  expect(score('hidden 1 · unit 2', 'hnt')).toBe(1);
  expect(score('hidden 1 · unit 2', 'xyz')).toBe(0);
});
