import { describe, expect, it } from 'vitest';

import { framed } from './framed.testing';
import { joined, partingOf, sayingsOf, wordsOf } from './tokens';

const ENGLISH = {
  words: ['<pad>', '<bos>', '<eos>', '<unk>', 'the', 'cat', 'sleeps'],
  spaced: true,
};
const DIGITS = { words: ['<pad>', '<bos>', '<eos>', '<unk>', '0', '1', '2'], spaced: false };

describe('tokens', () => {
  it('are words up to the end of their sentence', () => {
    expect(wordsOf([4, 5, 6, 2, 0, 0], ENGLISH)).toEqual(['the', 'cat', 'sleeps']);
    expect(wordsOf([1, 4, 5, 0], ENGLISH)).toEqual(['the', 'cat']);
    expect(wordsOf([2], ENGLISH)).toEqual([]);
  });

  it('of every example are told on each input, from the first that is shown', () => {
    const frame = framed(
      [
        { name: 'id', axes: ['N'], shape: [4], values: [10, 11, 12, 13] },
        { name: 'input', node: 'source', axes: ['N', 'S'], shape: [2, 3], values: [4, 5, 2, 4, 2, 0] },
        { name: 'input', node: 'target', axes: ['N', 'T'], shape: [2, 4], values: [1, 4, 6, 2, 1, 5, 2, 0] },
      ], // prettier-ignore
      { first: 2, vocabularies: { source: ENGLISH, target: DIGITS } },
    );
    expect(sayingsOf(frame)).toEqual([
      {
        id: 12,
        lines: [
          { input: 'source', words: ['the', 'cat'], text: 'the cat' },
          { input: 'target', words: ['0', '2'], text: '02' },
        ],
      },
      {
        id: 13,
        lines: [
          { input: 'source', words: ['the'], text: 'the' },
          { input: 'target', words: ['1'], text: '1' },
        ],
      },
    ]);
    expect(sayingsOf(framed([], {}))).toEqual([]);
  });

  it('that are pieces are written as the words that they make', () => {
    const pieces = { words: [], spaced: false, merges: [] };
    expect(joined(['▁teac', 'her', '▁has'], pieces)).toBe('teacher has');
    expect(joined(['0', '1'], DIGITS)).toBe('01');
    expect(joined(['the', 'cat'], ENGLISH)).toBe('the cat');
  });

  it('part where the first word differs', () => {
    expect(partingOf(['a', 'b'], ['a', 'b'])).toBe(-1);
    expect(partingOf(['a', 'c'], ['a', 'b'])).toBe(1);
    expect(partingOf(['a', 'b', 'c'], ['a', 'b'])).toBe(2);
  });
});
