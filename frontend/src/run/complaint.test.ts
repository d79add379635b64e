import { describe, expect, it } from 'vitest';

import { Problem } from '../wire/http';
import { sentenceOf } from './complaint';

describe('a complaint', () => {
  it('is what the server says', () => {
    expect(sentenceOf(new Problem('unfit-network', 422, 'It does not fit.'))).toBe(
      'It does not fit.',
    );
  });

  it('is a sentence of the page where nobody answers', () => {
    expect(sentenceOf(new Problem('unreachable', 0, ''))).toBe('The server does not answer.');
  });

  it('is none of what the page does wrong', () => {
    expect(() => sentenceOf(new TypeError('x'))).toThrow(TypeError);
  });
});
