import { describe, expect, it } from 'vitest';

import { knownAfter, pausedAt, stretches, strideEnd } from './walk';
import type { Phase, Turn } from './walk';

const turn = (phase: Phase, node: string, of: string, ...ids: string[]): Turn => ({
  phase,
  node,
  of,
  ids: phase === 'forward' ? [of] : ids,
});

/** y = w2·tanh(w1·x), and its loss. */
const TURNS: Turn[] = [
  turn('forward', 'hidden', 'a'),
  turn('forward', 'hidden', 'h'),
  turn('forward', 'output', 'y'),
  turn('forward', '', 'E'),
  turn('backward', '', 'E', 'y'),
  turn('backward', 'output', 'y', 'w2', 'h'),
  turn('backward', 'hidden', 'h', 'a'),
  turn('backward', 'hidden', 'a', 'w1', 'x'),
  turn('update', '', '', 'w1', 'w2'),
];

describe('strides through a step', () => {
  it('end with the operation, the layer or the pass that they go through', () => {
    expect(strideEnd(TURNS, 0, 'operation', 1)).toBe(1);
    expect(strideEnd(TURNS, 0, 'layer', 1)).toBe(2);
    expect(strideEnd(TURNS, 1, 'layer', 1)).toBe(2);
    expect(strideEnd(TURNS, 0, 'pass', 1)).toBe(4);
    expect(strideEnd(TURNS, 4, 'pass', 1)).toBe(8);
    expect(strideEnd(TURNS, 8, 'pass', 1)).toBe(9);
  });

  it('go back to where it began', () => {
    expect(strideEnd(TURNS, 8, 'layer', -1)).toBe(6);
    expect(strideEnd(TURNS, 6, 'pass', -1)).toBe(4);
    expect(strideEnd(TURNS, 1, 'pass', -1)).toBe(0);
    expect(strideEnd(TURNS, 0, 'operation', -1)).toBe(0);
  });

  it('pause before an operation with a breakpoint, forward and backward, and go on from there', () => {
    const breakpoints = new Set(['h']);
    expect(pausedAt(TURNS, 0, 4, breakpoints)).toBe(1);
    expect(pausedAt(TURNS, 1, 4, breakpoints)).toBe(4);
    expect(pausedAt(TURNS, 4, 8, breakpoints)).toBe(6);
    expect(pausedAt(TURNS, 0, 4, new Set())).toBe(4);
  });
});

describe('what is known', () => {
  it('is known behind its last operation of a pass', () => {
    expect(knownAfter(TURNS, 'h', 'forward')).toBe(2);
    expect(knownAfter(TURNS, 'h', 'backward')).toBe(6);
    expect(knownAfter(TURNS, 'E', 'backward')).toBeNull();
  });
});

describe('the track', () => {
  it('shows each operation, or each layer', () => {
    expect(stretches(TURNS, true)).toHaveLength(TURNS.length);
    expect(stretches(TURNS, false).map(({ node, from, to }) => [node, from, to])).toEqual([
      ['hidden', 0, 2],
      ['output', 2, 3],
      ['', 3, 4],
      ['', 4, 5],
      ['output', 5, 6],
      ['hidden', 6, 8],
      ['', 8, 9],
    ]);
  });
});
