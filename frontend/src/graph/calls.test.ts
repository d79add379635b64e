import { describe, expect, it } from 'vitest';

import type { Capture, Operation, Value } from '../wire/capture';
import { Calls, around, shapeText } from './calls';

const value = (id: string, more: Partial<Value> = {}): Value => ({
  id,
  shape: [2],
  axes: [],
  dtype: 'float32',
  role: 'forward',
  name: '',
  of: '',
  gradient: '',
  saved: false,
  ...more,
});
const call = (id: string, inputs: string[], outputs: string[], more = {}): Operation => ({
  id,
  op: `aten.${id}.default`,
  title: id,
  phase: 'forward',
  part: 'network',
  node: 'hidden',
  pair: '',
  arguments: [],
  keywords: {},
  inputs,
  outputs,
  flops: 0,
  ...more,
});
const CAPTURE = {
  values: [
    value('w', { role: 'parameter', name: 'hidden.weight' }),
    value('h'),
    value('g', { of: 'h' }),
  ],
  forward: [call('mv', ['w'], ['h'])],
  backward: [call('outer', ['g'], ['d'], { phase: 'backward', pair: 'mv' })],
} as unknown as Capture;

describe('calls of a captured step', () => {
  const calls = new Calls(CAPTURE);

  it('are found by themselves, by what they make, and by who reads that', () => {
    expect(calls.find('mv')?.id).toBe('mv');
    expect(calls.find('h')?.id).toBe('mv');
    expect(calls.find('w>h')?.id).toBe('mv');
    expect(calls.find('nothing')).toBeUndefined();
  });

  it('know the way forward that they belong to', () => {
    const outer = calls.get('outer');
    expect(outer && calls.forwardOf(outer).id).toBe('mv');
  });

  it('are written as they are called', () => {
    const [mv, outer] = calls.operations;
    expect(mv && calls.lineOf(mv)).toBe('mv(hidden.weight)');
    expect(outer && calls.lineOf(outer)).toBe('outer(∂hidden.mv)');
    expect(shapeText([16, 8, 8])).toBe('16×8×8');
    expect(shapeText([])).toBe('1');
  });
});

describe('a window on a long list', () => {
  it('stands around a place and stays inside', () => {
    const list = [0, 1, 2, 3, 4, 5, 6, 7];
    expect(around(list, 4, 3).map(({ index }) => index)).toEqual([3, 4, 5]);
    expect(around(list, 0, 3).map(({ item }) => item)).toEqual([0, 1, 2]);
    expect(around(list, 7, 3).map(({ item }) => item)).toEqual([5, 6, 7]);
    expect(around(list, 2, 20)).toHaveLength(8);
  });
});
