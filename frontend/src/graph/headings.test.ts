import { describe, expect, it } from 'vitest';

import { fitHeadings } from './headings';
import type { Wording } from './headings';

const RULER = { title: (text: string) => 7 * text.length, kind: (text: string) => 6 * text.length };

function wording(middle: number, title: string, kinds: string[], more: Partial<Wording> = {}) {
  return { row: 0, middle, title, kinds, family: title, ...more };
}

describe('fitHeadings', () => {
  it('says all where there is room', () => {
    const both = [wording(100, 'conv 1', ['6 filters 5×5, tanh']), wording(300, 'pool', ['2×2'])];
    const [first] = fitHeadings(both, RULER, 400);
    expect(first).toEqual({ title: 'conv 1', kind: '6 filters 5×5, tanh', most: null });
  });

  it('says less, of whole families, until nothing touches', () => {
    const kinds = ['16 filters 5×5, tanh', '16 filters 5×5', '5×5'];
    const three = [
      wording(60, 'conv 1', kinds, { family: 'conv' }),
      wording(160, 'conv 2', kinds, { family: 'conv' }),
      wording(400, 'conv 3', kinds, { family: 'conv' }),
    ];
    expect(fitHeadings(three, RULER, 500).map(({ kind }) => kind)).toEqual([
      '16 filters 5×5', '16 filters 5×5', '16 filters 5×5',
    ]); // prettier-ignore
  });

  it('keeps within the picture, and lets other rows alone', () => {
    const edge = [wording(20, 'a', ['a long way of saying it', 'short']), wording(20, 'b', [], { row: 9 })]; // prettier-ignore
    expect(fitHeadings(edge, RULER, 100).map(({ kind }) => kind)).toEqual(['short', '']);
  });

  it('cuts names that would touch, each by its length', () => {
    const names = [wording(50, 'self attention', ['x']), wording(90, 'feed', ['y'])];
    const [first, second] = fitHeadings(names, RULER, 300);
    expect((first?.most ?? 0) + (second?.most ?? 0)).toBeLessThanOrEqual(2 * (40 - 10));
    expect(first?.most).toBeGreaterThan(second?.most ?? 0);
  });
});
