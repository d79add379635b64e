import { expect, test } from 'vitest';

import type { Measure } from '../../../run/ablating.svelte';
import { worstOf } from './worst';

const measure = (own: number): Measure => ({ step: 40, own, told: 1, loss: 0.1, examples: 64 });
const row = (title: string, own: number | null): Parameters<typeof worstOf>[0][number] => ({
  offer: { title },
  both: own === null ? null : { here: measure(0.75), there: measure(own) },
});

test('the greatest loss is told, of those that were measured', () => {
  const told = worstOf([row('a', 0.5), row('b', 0.25), row('c', null)]);
  expect(told?.key).toBe('lens.what_if.worst');
  expect(told?.values).toMatchObject({ title: 'b', step: 40, examples: 64 });
});

test('where nothing is lost, that is said; nothing measured says nothing', () => {
  expect(worstOf([row('a', 0.75), row('b', 0.8)])?.key).toBe('lens.what_if.harmless');
  expect(worstOf([row('c', null)])).toBeNull();
});
