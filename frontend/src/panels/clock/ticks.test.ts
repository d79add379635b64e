import { describe, expect, it } from 'vitest';

import { Columns } from '../../run/columns';
import { Curve } from '../../run/series';
import { stepAt, xOf } from './plot';
import { diamonds, extent, pruned, snapped } from './ticks';

const frame = { left: 50, right: 850, top: 20, bottom: 112, last: 1600 };

describe('the clock', () => {
  it('finds the step under a hand, and the place of a step', () => {
    for (const step of [0, 1, 448, 1599, 1600]) expect(stepAt(frame, xOf(frame, step))).toBe(step);
    expect(stepAt(frame, -100)).toBe(0);
    expect(stepAt(frame, 9999)).toBe(1600);
  });

  it('draws diamonds only where there is room', () => {
    const places = diamonds([0, 4, 8, 16, 24, 32, 64], [], frame);
    expect(places.map(({ x }) => x)).toEqual([50, 62, 82]);
  });

  it('remembers where snapshots were, and draws them where those that are kept leave room', () => {
    const kept = [0, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256];
    expect(pruned(kept, 300)).toEqual([160, 224, 288]);
    expect(pruned([7, 11], 30)).toEqual([15, 23]);
    expect(pruned([0], 3)).toEqual([]);
    const marks = diamonds([0, 64], [32, 33], frame);
    expect(marks).toEqual([
      { x: 50, kept: true },
      { x: 66, kept: false },
      { x: 82, kept: true },
    ]);
  });

  it('rests at a snapshot under the hand', () => {
    const near = (step: number): boolean => Math.abs(step - 62) <= 4;
    expect(snapped(62, [0, 32, 64], 37, near)).toBe(64);
    expect(snapped(45, [0, 32, 64], 37, () => false)).toBe(45);
  });

  it('rests at snapshots only where all else would be slow', () => {
    expect(snapped(45, [0, 32, 64], 1e9, () => false)).toBe(32);
  });

  it('is as high as the highest peak and as low as the smooth curves', () => {
    const curve = new Curve(2);
    [1, 0.001, 5, 1].forEach((value, i) => {
      curve.add(i + 1, 1, value, value, value);
    });
    const columns = new Columns(curve, 20, 4).update();
    const { least, greatest } = extent(columns, undefined);
    expect(greatest).toBe(5);
    expect(least).toBeGreaterThan(0.1);
  });
});
