import { expect, it } from 'vitest';

import type { Difference } from '../wire/schema';
import { differenceText, fullNameOf, nameOf } from './naming';
import { CATALOGUE } from './testing';

const change = (
  key: string,
  before: unknown,
  after: unknown,
  step: number | null = null,
): Difference => ({ key, before, after, step });
const rate = change('optimizer.lr', 0.1, 0.3, 448);
const fork = { title: 'Circles', parent: 'abcd', forked_at: 448, changes: [rate] };

it('calls a fork by what was changed, and since when', () => {
  expect(nameOf(fork)).toBe('η 0.1 → 0.3 from step 448');
  expect(fullNameOf(fork)).toBe('Circles · η 0.1 → 0.3 from step 448');
  expect(nameOf({ ...fork, changes: [] })).toBe('fork at step 448');
  expect(nameOf({ ...fork, parent: null, changes: [] })).toBe('Circles');
});

it('speaks of how long it goes on only where nothing else was changed', () => {
  const steps = change('steps', 1000, 2000, 700);
  expect(nameOf({ ...fork, changes: [steps, rate] })).toBe('η 0.1 → 0.3 from step 448');
  expect(nameOf({ ...fork, changes: [steps] })).toBe('steps 1,000 → 2,000 from step 700');
});

it('counts what is too much to be spoken', () => {
  const batch = change('batch.size', 16, 64);
  const seed = change('seed', 1, 2);
  expect(
    nameOf({ ...fork, forked_at: 0, changes: [change('optimizer.lr', 0.1, 0.3), batch, seed] }),
  ).toBe('η 0.1 → 0.3, batch 16 → 64 and 1 more');
});

it.each([
  [change('loss.kind', 'SquaredError', 'CrossEntropy'), 'loss squared error → cross-entropy'],
  [change('graph.hidden1.out_features', 4, 8), 'hidden1 4 → 8'],
  [change('graph.hidden3', null, 'Linear'), 'hidden3 Linear added'],
  [change('graph.hidden3', 'Linear', null), 'hidden3 taken out'],
  [change('dataset.edits', [], 3), '3 edited points'],
  [change('optimizer.nesterov', false, true), 'nesterov off → on'],
  [change('regulariser.strength', 0.0001, 0.01), 'λ 10⁻⁴ → 0.01'],
])('says a difference in words', (difference, words) => {
  expect(differenceText(difference, CATALOGUE)).toBe(words);
});
