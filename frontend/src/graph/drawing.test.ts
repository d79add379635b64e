import { describe, expect, it } from 'vitest';

import { centred, encoded, SIDE, stroke } from './drawing';

const total = (ink: Float32Array): number => ink.reduce((sum, value) => sum + value, 0);

describe('a drawing', () => {
  it('has ink under the pen and none far from it', () => {
    const ink = new Float32Array(SIDE * SIDE);
    stroke(ink, { x: 5, y: 14 }, { x: 20, y: 14 });
    expect(ink[13 * SIDE + 10]).toBe(1);
    expect(ink[20 * SIDE + 10]).toBe(0);
  });

  it('is brought to the middle and to the usual size', () => {
    const ink = new Float32Array(SIDE * SIDE);
    stroke(ink, { x: 3, y: 3 }, { x: 3, y: 9 });
    const done = centred(ink);
    const rows = [...done.keys()]
      .filter((i) => (done[i] ?? 0) > 0.1)
      .map((i) => Math.floor(i / SIDE));
    expect(Math.min(...rows)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...rows) - Math.min(...rows)).toBeGreaterThan(18);
    expect(Math.min(...rows) + Math.max(...rows)).toBeCloseTo(SIDE - 1, -0.5);
    expect(total(done)).toBeGreaterThan(total(ink));
  });

  it('stays empty without ink, and has a byte for each pixel', () => {
    const paper = new Float32Array(SIDE * SIDE);
    expect(total(centred(paper))).toBe(0);
    expect(atob(encoded(paper))).toHaveLength(SIDE * SIDE);
  });
});
