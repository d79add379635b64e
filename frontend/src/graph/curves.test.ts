import { describe, expect, it } from 'vitest';

import { plotOf } from './curves';

const PLACES = Array.from({ length: 161 }, (_, i) => i / 10 - 8);
const told = (
  op: string,
  value: (x: number) => number,
  more: { constants?: Record<string, number>; from_target?: boolean } = {},
) => ({ op, constants: {}, from_target: false, x: PLACES, y: PLACES.map(value), ...more });
const CURVES = [
  told('tanh', Math.tanh),
  told('leaky_relu', (x) => Math.max(x, 0.2 * x), { constants: { negative_slope: 0.2 } }),
  told('half_square', (x) => 0.5 * x ** 2, { from_target: true }),
];
const at = { op: 'tanh', constants: {}, target: 0, x: 0.5, y: Math.tanh(0.5) };

describe('a function around a point of it', () => {
  it('is the curve that is told, with its tangent', () => {
    const slope = 1 - Math.tanh(0.5) ** 2;
    const plot = plotOf({ ...at, slope }, CURVES);
    expect(plot.curve[0]?.x).toBeLessThanOrEqual(plot.left);
    expect(plot.curve.at(-1)?.x).toBeGreaterThanOrEqual(plot.right);
    for (const { x, y } of plot.curve) expect(y).toBe(Math.tanh(x));
    const [from, to] = plot.tangent;
    expect((to.y - from.y) / (to.x - from.x)).toBeCloseTo(slope, 12);
    expect(plot.low).toBeLessThan(-0.9);
    expect(plot.high).toBeGreaterThan(0.9);
  });

  it('is a straight line where it is straight in that input', () => {
    const plot = plotOf({ ...at, op: 'mul', y: 1.5, slope: 3 }, CURVES);
    for (const { x, y } of plot.curve) expect(y).toBeCloseTo(3 * x, 9);
  });

  it('is no curve at all rather than another function’s', () => {
    const leaky = { ...at, op: 'leaky_relu', y: 0.5, slope: 1 };
    expect(plotOf({ ...leaky, constants: { negative_slope: 0.2 } }, CURVES).curve).not.toEqual([]);
    expect(plotOf({ ...leaky, constants: { negative_slope: 0.3 } }, CURVES).curve).toEqual([]);
    expect(plotOf({ ...at, op: 'unheard_of', slope: 1 }, CURVES).curve).toEqual([]);
  });

  it('of a loss stands over what should have been said', () => {
    const loss = { ...at, op: 'half_square', target: 1, x: 0.2, y: 0.32, slope: -0.8 };
    const { curve } = plotOf(loss, CURVES);
    for (const { x, y } of curve) expect(y).toBeCloseTo(0.5 * (x - 1) ** 2, 9);
    expect(curve.find(({ x }) => Math.abs(x - 1) < 1e-9)?.y).toBe(0);
  });
});
