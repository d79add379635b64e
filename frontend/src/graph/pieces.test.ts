import { describe, expect, it } from 'vitest';

import { grouped, ladderOf, shownPiece } from './pieces';
import type { Merges } from './pieces';

/** As Sennrich et al. (2016) learn them from low (5 times), lowest (2), newer (6) and wider (3). */
const MERGES: Merges = [
  ['e', 'r'],
  ['▁', 'lo'],
  ['l', 'o'],
  ['▁', 'l'],
  ['o', 'w'],
];

describe('pieces of words', () => {
  it('become one in the order in which that was learned, not from left to right', () => {
    expect(ladderOf('▁lower', MERGES)).toEqual([
      { pieces: ['▁', 'l', 'o', 'w', 'e', 'r'], merge: 0 },
      { pieces: ['▁', 'l', 'o', 'w', 'er'], merge: 1 },
      { pieces: ['▁', 'lo', 'w', 'er'], merge: 3 },
      { pieces: ['▁lo', 'w', 'er'], merge: 2 },
    ]);
  });

  it('become one wherever the pair stands', () => {
    expect(ladderOf('abab', [['a', 'b']]).at(-1)?.pieces).toEqual(['ab', 'ab']);
    expect(ladderOf('aaa', [['a', 'a']]).at(-1)?.pieces).toEqual(['aa', 'a']);
    expect(ladderOf('', MERGES)).toEqual([{ pieces: [], merge: 0 }]);
  });

  it('stand together by their word', () => {
    expect(grouped(['▁teac', 'her', '▁', 'x', '▁a'])).toEqual([
      ['▁teac', 'her'],
      ['▁', 'x'],
      ['▁a'],
    ]);
    expect(['▁teac', 'her', '▁'].map(shownPiece)).toEqual(['teac', 'her', '▁']);
  });
});
