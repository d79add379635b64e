import { describe, expect, it } from 'vitest';

import { framed } from '../../graph/framed.testing';
import { bucketsOf, sayingOf, usualWord } from './saying';

const frame = framed(
  [
    { name: 'probability', shape: [3], values: [0.9, 0.6, 0.99] },
    { name: 'share', shape: [3, 2], values: [0.9, 0.05, 0.6, 0.3, 0.99, 0.01] },
    { name: 'told_probability', shape: [1], values: [0.9] },
    { name: 'told_share', shape: [1, 2], values: [0.9, 0.05] },
  ],
  {
    own: { words: ['die', 'Kuh', '<eos>'], likely: [['die', 'der'], ['Kuh', 'Katze'], ['<eos>', '.']], score: -0.6 },
    told: { words: ['die'], likely: [['die', 'der']] },
    truth: { words: ['die', 'Katze', '<eos>'] },
    difference: 1,
  },
); // prettier-ignore

describe('what is said', () => {
  it('has a probability, rivals and a verdict for each word', () => {
    const saying = sayingOf(frame);
    expect(saying?.own.map(({ word, isRight }) => [word, isRight])).toEqual([
      ['die', true],
      ['Kuh', false],
      ['<eos>', true],
    ]);
    expect(saying?.own[1]?.probability).toBeCloseTo(0.6);
    expect(saying?.own[1]?.rivals.map(({ word, isRight }) => [word, isRight])).toEqual([
      ['Kuh', false],
      ['Katze', true],
    ]);
    expect(saying?.own[1]?.rivals[1]?.share).toBeCloseTo(0.3);
    expect(saying?.told).toHaveLength(1);
    expect(saying?.parting).toBe(1);
    expect(sayingOf(framed([], {}))).toBeNull();
  });

  it('is looked at where it goes wrong, or else at its last word', () => {
    const saying = sayingOf(frame);
    expect(saying && usualWord(saying)).toBe(1);
    expect(saying && usualWord({ ...saying, parting: null })).toBe(1);
    expect(usualWord({ own: [], parting: null })).toBe(0);
    expect(saying && usualWord({ own: saying.own, parting: 9 })).toBe(2);
  });
});

it('accuracy is told by length', () => {
  const lengths = framed(
    [
      { name: 'first', values: [1, 6] },
      { name: 'count', values: [10, 4] },
      { name: 'accuracy', values: [1, 0.25] },
    ],
    { width: 5 },
  );
  expect(bucketsOf(lengths)).toEqual([
    { first: 1, last: 5, count: 10, whole: 1, words: null },
    { first: 6, last: 10, count: 4, whole: 0.25, words: null },
  ]);
});
