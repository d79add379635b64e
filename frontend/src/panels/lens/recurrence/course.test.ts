import { describe, expect, it } from 'vitest';

import { framed } from '../../../graph/framed.testing';
import { barOf, courseOf, lastOf, turned } from './course';

const frame = framed(
  [
    { name: 'update_gate', node: 'gru', shape: [3, 2], values: [0, 1, 0.5, 1, 1, 0] },
    { name: 'state', node: 'gru', shape: [3, 2], values: [1, -1, 0, 0.5, -0.5, 0] },
    { name: 'state_gradient', node: 'gru', shape: [3], values: [0.001, 0.1, 1] },
    { name: 'state', node: 'other', shape: [1, 1], values: [1] },
  ],
  { nodes: [{ path: 'gru', input: 'source' }], tokens: { source: ['the', 'cat', '<eos>', 'more'] } },
); // prettier-ignore

describe('a layer through time', () => {
  it('has bands of states and gates, words, and a gradient at each place', () => {
    const course = courseOf(frame, 'gru');
    expect(course?.bands.map(({ name, isGate }) => [name, isGate])).toEqual([
      ['state', false],
      ['update_gate', true],
    ]);
    expect(course?.words).toEqual(['the', 'cat', '<eos>']);
    expect(course?.slopes.map(({ name }) => name)).toEqual(['state']);
    expect(courseOf(frame, 'nobody')).toBeNull();
  });

  it('is drawn with a column for each place', () => {
    const [state, gate] = courseOf(frame, 'gru')?.bands ?? [];
    expect(Array.from(state ? turned(state).bytes : [])).toEqual([255, 128, 64, 0, 191, 128]);
    expect(Array.from(gate ? turned(gate).bytes : [])).toEqual([0, 128, 255, 255, 255, 0]);
  });

  it('ends in a state, in the same colours; on the way back that is at the first place', () => {
    const [state] = courseOf(frame, 'gru')?.bands ?? [];
    const ends = [false, true].map((isTwoWay) => state && lastOf(state, isTwoWay));
    expect(ends.map((end) => end && Array.from(end.array.values))).toEqual([
      [-0.5, 0],
      [-0.5, -1],
    ]);
    expect(ends.map((end) => end && Array.from(turned(end).bytes))).toEqual([
      [64, 128],
      [64, 0],
    ]);
  });

  it('has bars on a log scale', () => {
    expect(barOf(1, 1, 6)).toBe(1);
    expect(barOf(0.001, 1, 6)).toBeCloseTo(0.5);
    expect(barOf(1e-9, 1, 6)).toBe(0);
    expect(barOf(0, 1, 6)).toBe(0);
  });
});
