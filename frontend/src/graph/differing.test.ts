import { expect, test } from 'vitest';

import { keptWords } from './differing';

const kept = (one: string, other: string): string =>
  keptWords(one.split(' '), other.split(' '))
    .map((is) => (is ? '=' : 'x'))
    .join('');

test('the same sentence is kept whole', () => {
  expect(kept('die Frau hat gelesen', 'die Frau hat gelesen')).toBe('====');
});

test('another word differs by itself, a word put in does not make those after it differ', () => {
  expect(kept('die Frau hat gelesen', 'die Katze hat gelesen')).toBe('=x==');
  expect(kept('die Frau hat gelesen', 'die alte Frau hat gelesen')).toBe('=x===');
});

test('a sentence that ended at once has kept nothing', () => {
  expect(keptWords(['die', 'Frau'], [])).toEqual([]);
  expect(keptWords([], ['die', 'Frau'])).toEqual([false, false]);
});
