import { describe, expect, it } from 'vitest';

import { pieces } from './script';

describe('a line of algebra', () => {
  it('has letters in italics and functions upright', () => {
    expect(pieces('∂z₁ = ∂h × tanh(z)')).toEqual([
      { text: '∂', maths: false },
      { text: 'z', maths: true },
      { text: '₁ = ∂', maths: false },
      { text: 'h', maths: true },
      { text: ' × ', maths: false },
      { text: 'tanh', maths: false },
      { text: '(', maths: false },
      { text: 'z', maths: true },
      { text: ')', maths: false },
    ]);
    expect(pieces('')).toEqual([]);
  });
});
