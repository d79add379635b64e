import { describe, expect, it } from 'vitest';

import { framed } from '../../graph/framed.testing';
import { bucketsOf, sayingFor, sayingOf, usualWord } from './saying';

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
  const saying = sayingOf(frame);
  const second = saying?.own[1];

  it('has a verdict for each word', () => {
    const words = (saying?.own ?? []).map(({ word, isRight }) => [word, isRight]);
    expect(words).toEqual([
      ['die', true],
      ['Kuh', false],
      ['<eos>', true],
    ]);
    expect(saying).toMatchObject({ parting: 1, told: [{ word: 'die', isRight: true }] });
    expect(sayingOf(framed([], {}))).toBeNull();
  });

  it('has a probability and rivals for each word', () => {
    expect(second?.probability).toBeCloseTo(0.6);
    expect(second?.rivals).toMatchObject([
      { word: 'Kuh', isRight: false },
      { word: 'Katze', isRight: true },
    ]);
    expect(second?.rivals[1]?.share).toBeCloseTo(0.3);
  });

  it('is looked at where it goes wrong, or else at its last word', () => {
    expect(saying && usualWord(saying)).toBe(1);
    expect(saying && usualWord({ ...saying, parting: null })).toBe(1);
    expect(usualWord({ own: [], parting: null })).toBe(0);
    expect(saying && usualWord({ own: saying.own, parting: 9 })).toBe(2);
  });
});

describe("what is said for a sentence of one's own", () => {
  const said = {
    text: 'die Kuh',
    words: ['die', 'Kuh', '<eos>'],
    probability: [0.9, 0.6, 1],
    likely: [['die'], ['Kuh', 'Katze'], ['<eos>']],
    shares: [[0.9], [0.6, 0.3], [1]],
    ended: true,
    score: -0.6,
  };

  it('is judged where the right words are known', () => {
    const saying = sayingFor({ said, truth: ['die', 'Katze', '<eos>'] });
    expect(saying).toMatchObject({ parting: 1, score: -0.6, told: [] });
    expect(saying.own.map(({ isRight }) => isRight)).toEqual([true, false, true]);
    expect(saying.own[1]?.rivals).toEqual([
      { word: 'Kuh', share: 0.6, isRight: false },
      { word: 'Katze', share: 0.3, isRight: true },
    ]);
  });

  it('is not judged where nobody knows them', () => {
    const saying = sayingFor({ said, truth: null });
    expect(saying).toMatchObject({ parting: null, truth: null });
    expect(saying.own.every(({ isRight }) => isRight)).toBe(true);
    expect(saying.own[0]?.rivals[0]?.isRight).toBe(false);
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
