import { expect, it } from 'vitest';

import type { Job } from '../wire/schema';
import { CATALOGUE, JOB } from './testing';
import { restApart, sentenceOf, sideBySide } from './wording';

const other = (changes: object): Job => ({ ...JOB, ...changes });
const apart = (changes: object): string[][] =>
  sideBySide([JOB, other(changes)], CATALOGUE)
    .filter(({ same }) => !same)
    .map(({ texts }) => texts);

it('writes a recipe as plain words', () => {
  expect(sentenceOf(JOB, CATALOGUE)).toBe(
    'Train a 2 – 4 – 3 – 1 tanh net on circles, noise 0.1 with SGD, η = 0.2, batch 16, minimising squared error, for 2,000 steps from seed 5.',
  );
});

it('puts only the differing words side by side', () => {
  const faster = { optimizer: { ...JOB.optimizer, lr: 0.4 } };
  const cells = sideBySide([JOB, other(faster)], CATALOGUE);
  expect(cells.map(({ same }) => same)).toEqual([true, false, true]);
  expect(cells[1]?.texts).toEqual(['0.2', '0.4']);
  expect(cells.map(({ texts }) => texts[0]).join('')).toBe(sentenceOf(JOB, CATALOGUE));
  expect(apart({ seed: 9 })).toEqual([['5', '9']]);
  expect(apart({})).toEqual([]);
});

it('puts whole parts side by side where the words are others', () => {
  const single = { batch: { policy: 'single', size: 16 } };
  expect(apart(single)).toEqual([['batch 16', 'single examples']]);
});

it('takes any number of recipes', () => {
  const jobs = [1, 2, 3].map((seed) => other({ seed }));
  expect(sideBySide(jobs, CATALOGUE).find(({ same }) => !same)?.texts).toEqual(['1', '2', '3']);
});

it('finds what differs beside the sentence', () => {
  expect(restApart([JOB, other({ precision: 'float64' })], CATALOGUE)).toEqual([
    { name: 'precision', texts: ['float32', 'float64'] },
  ]);
});
