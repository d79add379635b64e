import { describe, expect, it } from 'vitest';

import { plotOf } from './curves';

const at = { op: 'tanh', constants: {}, target: 0, x: 0.5, y: Math.tanh(0.5) };

describe('a function around a point of it', () => {
  it('is a curve with its tangent', () => {
    const slope = 1 - Math.tanh(0.5) ** 2;
    const plot = plotOf({ ...at, slope });
    expect(plot.curve).toHaveLength(81);
    expect(plot.curve[0]?.y).toBeCloseTo(Math.tanh(plot.left), 12);
    const [from, to] = plot.tangent;
    expect((to.y - from.y) / (to.x - from.x)).toBeCloseTo(slope, 12);
    expect(plot.low).toBeLessThan(-0.9);
    expect(plot.high).toBeGreaterThan(0.9);
  });

  it('is a straight line where it is straight in that input', () => {
    const plot = plotOf({ ...at, op: 'mul', y: 1.5, slope: 3 });
    for (const { x, y } of plot.curve) expect(y).toBeCloseTo(3 * x, 9);
  });

  it('is no curve at all rather than a wrong one', () => {
    expect(plotOf({ ...at, y: 0.9, slope: 1 }).curve).toEqual([]);
    expect(plotOf({ ...at, op: 'unheard_of', slope: 1 }).curve).toEqual([]);
  });

  it('of a loss knows what should have been said', () => {
    const plot = plotOf({ ...at, op: 'half_square', target: 1, x: 0.2, y: 0.32, slope: -0.8 });
    expect(plot.curve.some(({ y }) => y < 0.01)).toBe(true);
  });
});
