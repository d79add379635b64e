import { describe, expect, it } from 'vitest';

import type { Scalar, ScalarEdge, Scalars } from '../wire/capture';
import { Net, chainRule } from './link';
import { reachedAt } from './scalars';
import type { Numbers } from './scalars';
import { isPlain, ruleOf, updateRows } from './update';

const scalar = (id: string, more: Partial<Scalar>): Scalar => ({
  id,
  symbol: { base: id, sub: '' },
  role: 'input',
  op: '',
  constants: {},
  box: id,
  inputs: [],
  node: '',
  unit: null,
  parameter: '',
  index: [],
  column: 0,
  row: 0,
  ...more,
});
const edge = (from: string, to: string, slope: string): ScalarEdge => ({
  from,
  to,
  slope,
  tamper: null,
  factor: 1,
  wrong: '',
});
const step = (phase: 'forward' | 'backward', of: string, scalars: string[]): unknown => ({
  phase,
  of,
  scalars,
  partial: [],
  lines: [],
});

/** a = w·x, E = ½(a − t)². */
const DOCUMENT = {
  key: 'small',
  scalars: [
    scalar('x', {}),
    scalar('w', { role: 'weight', parameter: 'out.weight', index: [0, 0], node: 'out' }),
    scalar('a', { role: 'product', op: 'mul', inputs: ['w', 'x'], node: 'out' }),
    scalar('t', { role: 'target' }),
    scalar('E', { role: 'loss', op: 'half_square', inputs: ['a', 't'] }),
  ],
  edges: [edge('w', 'a', 'x'), edge('x', 'a', 'w'), edge('a', 'E', 'a − t'), edge('t', 'E', '')],
  groups: [],
  steps: [
    step('forward', 'a', ['a']),
    step('forward', 'E', ['E']),
    step('backward', 'E', ['E', 'a']),
    step('backward', 'a', ['w', 'x']),
    {
      phase: 'update',
      of: '',
      scalars: ['w'],
      partial: [],
      lines: [{ left: 'w', relation: '←', right: 'w − η · ∂w', of: 'w', edges: [] }],
    },
  ],
  loss: 'E',
} as unknown as Scalars;
/** With w = 2, x = 3, t = 5 and η = 0.1. */
const NUMBERS: Numbers = {
  step: 0,
  value: new Map(Object.entries({ x: 3, w: 2, a: 6, t: 5, E: 0.5 })),
  gradient: new Map(Object.entries({ x: 2, w: 3, a: 1, t: 0, E: 1 })),
  local: new Map(Object.entries({ 'w>a': 3, 'x>a': 2, 'a>E': 1, 't>E': 0 })),
  back: new Map(Object.entries({ 'w>a': 3, 'x>a': 2, 'a>E': 1, 't>E': 0 })),
  next: new Map([['w', 1.7]]),
};
const at = (place: number) =>
  reachedAt(DOCUMENT, { at: place, of: 5, level: 'scalars', extent: 'example' });

describe('the chain of a small network', () => {
  const net = new Net(DOCUMENT);

  it('has a link for an edge, for a number, and for each step', () => {
    expect(net.link('x>a')?.id).toBe('x>a');
    expect(net.link('a')?.id).toBe('w>a');
    expect(net.link('t')?.id).toBe('t>E');
    expect(net.link('nothing')).toBeNull();
    expect(net.linkOf(net.stepAt(1), NUMBERS)?.id).toBe('w>a');
    expect(net.linkOf(net.stepAt(3), NUMBERS)?.id).toBe('a>E');
    // Of two ways back, that of the greater gradient.
    expect(net.linkOf(net.stepAt(4), NUMBERS)?.id).toBe('w>a');
    expect(net.linkOf(net.stepAt(5), NUMBERS)).toBeNull();
    expect(net.linkOf(net.stepAt(0), NUMBERS)).toBeNull();
  });

  it('knows of a link what has been reached', () => {
    const link = net.link('w>a');
    if (!link) throw new Error('there is one');
    expect(chainRule(link, NUMBERS, at(0))).toEqual({
      input: 2, output: null, upstream: null, local: null, downstream: null,
    }); // prettier-ignore
    expect(chainRule(link, NUMBERS, at(1))).toMatchObject({ output: 6, local: 3, upstream: null });
    expect(chainRule(link, NUMBERS, at(4))).toEqual({
      input: 2, output: 6, upstream: 1, local: 3, downstream: 3,
    }); // prettier-ignore
  });

  it('tells what the step does to a weight, once its gradient is there', () => {
    expect(updateRows(DOCUMENT.scalars, NUMBERS, at(3))).toMatchObject([{ now: 2, next: null }]);
    const [row] = updateRows(DOCUMENT.scalars, NUMBERS, at(4));
    expect(row?.change).toBeCloseTo(-0.3, 12);
    expect(row?.next).toBe(1.7);
    const rule = ruleOf(DOCUMENT.steps, 'w');
    expect(rule).toBe('w ← w − η · ∂w');
    expect(isPlain(rule ?? '', { base: 'w', sub: '' })).toBe(true);
    expect(isPlain('w ← w − η · m', { base: 'w', sub: '' })).toBe(false);
  });
});
