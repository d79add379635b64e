import { describe, expect, it } from 'vitest';

import { has } from '../messages/say';
import { backoff } from './backoff';
import { CLOSE_CODES, reaction } from './closes';

describe('close codes', () => {
  it('follow their ranges: below 4500 come again, from 4500 on do not', () => {
    for (const code of CLOSE_CODES) {
      const { reaction: then } = reaction(code);
      expect(then === 'retry').toBe(code < 4500);
    }
    expect(reaction(4499).reaction).toBe('retry');
    expect(reaction(4999).reaction).toBe('stop');
    expect(reaction(1006).reaction).toBe('retry');
  });

  it('load the page anew when it is of another version', () => {
    expect(reaction(4511).reaction).toBe('reload');
  });

  it('each have a sentence', () => {
    for (const code of [...CLOSE_CODES, 1006, 4600]) expect(has(reaction(code).says)).toBe(true);
  });
});

describe('waiting', () => {
  it('grows to three seconds, with full jitter', () => {
    expect([0, 1, 2, 3, 4, 5, 9].map((attempt) => backoff(attempt, () => 1))).toEqual([
      250, 500, 1000, 2000, 3000, 3000, 3000,
    ]);
    expect(backoff(9, () => 0)).toBe(0);
  });
});
