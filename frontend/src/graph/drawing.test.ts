import { describe, expect, it } from 'vitest';

import {
  decoded,
  encoded,
  fitted,
  framed,
  inkOf,
  inside,
  SIDE,
  smoothPath,
  softened,
  stroke,
  usualEdge,
  usualReach,
} from './drawing';
import type { Mark } from './drawing';

const pen = (...places: [number, number][]): Mark => ({
  spots: places.map(([x, y]) => ({ x, y })),
  erases: false,
});

function boxOf(ink: Float32Array): { left: number; right: number; top: number; bottom: number } {
  const inked = [...ink.keys()].filter((i) => (ink[i] ?? 0) > 0.1);
  const [columns, rows] = [inked.map((i) => i % SIDE), inked.map((i) => Math.floor(i / SIDE))];
  return {
    left: Math.min(...columns),
    right: Math.max(...columns),
    top: Math.min(...rows),
    bottom: Math.max(...rows),
  };
}

describe('a drawing', () => {
  it('has ink under the pen and none far from it', () => {
    const ink = new Float32Array(SIDE * SIDE);
    stroke(ink, { x: 5, y: 14 }, { x: 20, y: 14 });
    expect(ink[13 * SIDE + 10]).toBe(1);
    expect(ink[20 * SIDE + 10]).toBe(0);
  });

  it('loses ink under the eraser, and no more', () => {
    const line = pen([5, 14], [20, 14]);
    const ink = inkOf([line, { ...pen([20, 14]), erases: true }]);
    expect(ink[13 * SIDE + 20]).toBe(0);
    expect(ink[13 * SIDE + 10]).toBe(1);
    expect(inkOf([], ink)).toEqual(ink);
  });

  it.each([12, 20, 26, 28])('is brought to the middle and to a size of %i pixels', (reach) => {
    const small = [pen([3, 3], [3, 9]), pen([3, 6], [6, 6])];
    const box = boxOf(inkOf(fitted(small, reach)));
    expect(Math.abs(box.bottom - box.top + 1 - reach)).toBeLessThanOrEqual(1);
    expect(Math.abs(box.top + box.bottom - (SIDE - 1))).toBeLessThanOrEqual(1);
    expect(Math.abs(box.left + box.right - (SIDE - 1))).toBeLessThanOrEqual(1);
  });

  it('stays a dot, and nothing stays nothing', () => {
    const box = boxOf(inkOf(fitted([pen([2, 25])], 28)));
    expect(box.right - box.left).toBeLessThan(6);
    expect(fitted([], 20)).toEqual([]);
    expect(fitted([{ ...pen([1, 1]), erases: true }], 20)).toEqual([]);
  });

  it('is as large as the data usually are', () => {
    const image = (rows: number): number[] =>
      Array.from({ length: 32 * 32 }, (_, i) => (i % 32 === 9 && i < 32 * rows ? 200 : 0));
    expect(usualReach([image(10), image(20), image(25)], 32)).toBe(20);
    expect(usualReach([image(31)], 32)).toBe(SIDE);
    expect(usualReach([], 32)).toBe(SIDE - 4);
  });

  it('has edges as soft as those of the data, and about the same ink', () => {
    const ink = inkOf([pen([8, 6], [8, 22]), pen([8, 14], [20, 14])]);
    const soft = softened(ink, 0.3);
    const bytes = Array.from(soft, (value) => 255 * value);
    expect(usualEdge([bytes], SIDE)).toBeLessThanOrEqual(0.3);
    expect(usualEdge([Array.from(ink, (value) => 255 * value)], SIDE)).toBeGreaterThan(0.5);
    const total = (all: Float32Array): number => all.reduce((a, b) => a + b, 0);
    expect(total(soft)).toBeCloseTo(total(ink), 1);
    expect(softened(ink, 1)).toBe(ink);
    expect(usualEdge([], SIDE)).toBe(1);
  });

  it('has a byte for each pixel, and is the same when it comes back', () => {
    const ink = inkOf([pen([5, 5], [22, 20])]);
    expect(atob(encoded(ink))).toHaveLength(SIDE * SIDE);
    const back = decoded(encoded(ink));
    back.forEach((value, i) => {
      expect(Math.abs(value - (ink[i] ?? 0))).toBeLessThan(0.003);
    });
  });

  it('lies in the middle of its frame, and comes out of it again', () => {
    const ink = inkOf([pen([5, 5], [22, 20])]);
    const image = framed(ink, 32, 32);
    expect(image[7 * 32 + 7]).toBeCloseTo(ink[5 * SIDE + 5] ?? NaN);
    const bytes = Array.from(image, (value) => Math.round(255 * value));
    expect(encoded(inside(bytes, 32, 32))).toBe(encoded(ink));
  });

  it('is a smooth line for the eye', () => {
    expect(smoothPath([])).toBe('');
    expect(smoothPath([{ x: 1, y: 2 }])).toBe('M1.00 2.00h0.01');
    expect(smoothPath([0, 1, 2].map((x) => ({ x, y: 0 })))).toBe(
      'M0.00 0.00Q1.00 0.00 1.50 0.00L2.00 0.00',
    );
  });
});
