import { describe, expect, it } from 'vitest';

import type { Frame } from '../wire/frame';
import { coursesOf, pathOf } from './depth';

/** Two layers, of 4 and 1 weights, at steps 0 and 10; the first one's gradient has vanished since. */
const ARRAYS: Record<string, number[]> = {
  step: [0, 10],
  gradient: [0.2, 1, 0, 0.5],
  ratio: [0.01, 0.02, 0, 0.03],
  saturated: [0, 0, 0.25, 0],
  silent: [0, 0, 0.5, 0],
};
const FRAME = {
  details: { nodes: ['hidden', 'output'], numbers: [4, 1] },
  array: (name: string) => ({ values: ARRAYS[name] ?? [] }),
} as unknown as Frame;

describe('health through depth', () => {
  const courses = coursesOf(FRAME);

  it('is a course for every layer, number by number', () => {
    expect(courses?.steps).toEqual([0, 10]);
    expect(courses?.layers.map(({ node, sizes }) => [node, sizes])).toEqual([
      ['hidden', [0.1, 0]],
      ['output', [1, 0.5]],
    ]);
    expect(courses?.layers[0]).toMatchObject({ ratio: 0, idle: 0.5 });
    expect(courses?.axis.log).toBe(true);
    expect(courses?.axis.low).toBeLessThan(0.1);
  });

  it('has a gap where no gradient came', () => {
    if (!courses) throw new Error('there are some');
    expect(pathOf(courses, [0.1, 0], 100, 50)).toMatch(/^M0\.0 [\d.]+$/);
    expect(pathOf(courses, [1, 0.5], 100, 50)).toMatch(/^M0\.0 [\d.]+L100\.0 [\d.]+$/);
  });

  it('is nothing before anything is known', () => {
    const empty = { details: {}, array: () => undefined } as unknown as Frame;
    expect(coursesOf(empty)).toBeNull();
  });
});
