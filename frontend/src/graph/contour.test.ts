import { describe, expect, it } from 'vitest';

import { contour, linePath } from './contour';
import type { Line } from './contour';

/** Sample a function of x and y (in cells) at the middles of cells. */
function sampled(width: number, height: number, f: (x: number, y: number) => number): number[] {
  return Array.from({ length: width * height }, (_, i) =>
    f((i % width) + 0.5, Math.floor(i / width) + 0.5),
  );
}

function pairs(line: Line): [number, number][] {
  const found: [number, number][] = [];
  for (let i = 0; i < line.points.length; i += 2)
    found.push([line.points[i] ?? NaN, line.points[i + 1] ?? NaN]);
  return found;
}

describe('contour', () => {
  it('finds a straight line exactly, from rim to rim', () => {
    const lines = contour(
      sampled(25, 25, (x, y) => 2 * x - 3 * y + 7),
      25,
      25,
      0,
    );
    expect(lines).toHaveLength(1);
    const [line] = lines as [Line];
    expect(line.closed).toBe(false);
    for (const [x, y] of pairs(line)) expect(2 * x - 3 * y + 7).toBeCloseTo(0, 9);
    const ends = [pairs(line)[0], pairs(line).at(-1)].flat();
    expect(ends.some((end) => end === 0)).toBe(true);
    expect(ends.some((end) => end === 25)).toBe(true);
  });

  it('finds a circle as one closed ring, near the true radius', () => {
    const lines = contour(
      sampled(25, 25, (x, y) => 8 - Math.hypot(x - 12.5, y - 12.5)),
      25,
      25,
      0,
    );
    expect(lines).toHaveLength(1);
    const [ring] = lines as [Line];
    expect(ring.closed).toBe(true);
    for (const [x, y] of pairs(ring)) {
      expect(Math.abs(Math.hypot(x - 12.5, y - 12.5) - 8)).toBeLessThan(0.03);
    }
    const turned = pairs(ring).reduce((sum, [x, y], i, all) => {
      const [u, v] = all[(i + 1) % all.length] ?? [x, y];
      return sum + (x * v - u * y) / 2;
    }, 0);
    expect(Math.abs(Math.abs(turned) - Math.PI * 64)).toBeLessThan(2);
  });

  it('parts a saddle by the middle of the square, without crossing', () => {
    const lines = contour(
      sampled(8, 8, (x, y) => (x - 4) * (y - 4) - 0.1),
      8,
      8,
      0,
    );
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const signs = new Set(pairs(line).map(([x]) => Math.sign(x - 4)));
      expect(signs.size).toBe(1);
    }
  });

  it('says nothing of a field that stays on one side, and of what is no field', () => {
    expect(contour(new Uint8Array(625).fill(3), 25, 25, 127.5)).toEqual([]);
    expect(contour([1], 1, 1, 0)).toEqual([]);
  });

  it('survives numbers that are none', () => {
    const values = sampled(5, 5, (x) => x - 2.5);
    values[7] = NaN;
    for (const line of contour(values, 5, 5, 0))
      expect(line.points.every(Number.isFinite)).toBe(true);
  });
});

describe('linePath', () => {
  it('scales, and closes rings', () => {
    expect(linePath([{ points: [0, 1, 2, 3], closed: true }], 2, 10)).toBe(
      'M0.00 10.00L4.00 30.00Z',
    );
  });
});
