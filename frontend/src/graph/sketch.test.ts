import { describe, expect, it } from 'vitest';

import { barsOf } from './sketch';

const strokes = [
  { level: 0, shape: [1, 32, 32] },
  { level: 1, shape: [6, 28, 28] },
  { level: 2, shape: [16, 10, 10] },
  { level: 3, shape: [84] },
  { level: 4, shape: [10] },
];

describe('the small picture of a network', () => {
  it('goes from left to right and stays inside', () => {
    const bars = barsOf(strokes, 200, 60);
    expect(bars).toHaveLength(5);
    for (const [i, bar] of bars.entries()) {
      const before = bars[i - 1];
      if (before) expect(bar.x).toBeGreaterThan(before.x + before.width);
      expect(bar.y).toBeGreaterThanOrEqual(0);
      expect(bar.y + bar.height).toBeLessThanOrEqual(60.001);
    }
    const last = bars.at(-1);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(200.001);
  });

  it('is taller where pictures are larger, and thicker where there are more maps', () => {
    const bars = barsOf(strokes, 200, 60);
    const heights = bars.map(({ height }) => height);
    expect(heights).toEqual([...heights].sort((a, b) => b - a));
    expect(bars[2]?.width ?? 0).toBeGreaterThan(bars[1]?.width ?? 0);
  });

  it('puts branches of one level above each other', () => {
    const twice = [...strokes, { level: 2, shape: [8, 10, 10] }];
    const bars = barsOf(twice, 200, 60);
    const [one, other] = [bars[2], bars[3]];
    expect(one?.x).toBe(other?.x);
    expect((one?.y ?? 0) + (one?.height ?? 0)).toBeLessThan(other?.y ?? 0);
  });

  it('fills its room with a deep network, and draws a shallow one in thin bars', () => {
    const deep = Array.from({ length: 80 }, (_, level) => ({ level, shape: [64, 14, 14] }));
    const last = barsOf(deep, 200, 60).at(-1);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeCloseTo(200);
    const two = [
      { level: 0, shape: [2] },
      { level: 1, shape: [1] },
    ];
    const bars = barsOf(two, 200, 60);
    expect(bars.map(({ isDot, isGiven }) => [isDot, isGiven])).toEqual([
      [true, true],
      [true, true],
      [true, false],
    ]);
    expect(Math.max(...bars.map(({ width }) => width))).toBeLessThan(10);
  });

  it('draws a network of one layer', () => {
    expect(
      barsOf(
        [
          { level: 0, shape: [2] },
          { level: 1, shape: [1] },
        ],
        100,
        40,
      ),
    ).toHaveLength(3);
  });
});
