import { describe, expect, it } from 'vitest';

import { Curve } from '../../run/series';
import { spikes } from './events';

/** A loss that falls, with a little noise that is always the same, and some values of one's own. */
function falling(own: Record<number, number>): Curve {
  const curve = new Curve(20);
  for (let step = 1; step <= 400; step++) {
    const noise = 1 + 0.2 * Math.sin(step * 12.9898) * Math.sin(step * 4.1414);
    const value = own[step] ?? Math.exp(-step / 150) * noise;
    curve.add(step, 1, value, value, value);
  }
  return curve;
}

describe('spikes of the loss', () => {
  it('are found where it jumps, the greatest three, in their order', () => {
    expect(spikes(falling({ 300: 5, 150: 4 }))).toEqual([
      { step: 150, value: 4 },
      { step: 300, value: 5 },
    ]);
    const many = spikes(falling({ 60: 9, 120: 8, 180: 12, 240: 11, 300: 10 }));
    expect(many.map(({ step }) => step)).toEqual([180, 240, 300]);
  });

  it('are not its noise, nor its beginning, nor two at one place', () => {
    expect(spikes(falling({}))).toEqual([]);
    expect(spikes(falling({ 5: 50 }))).toEqual([]);
    expect(spikes(falling({ 200: 6, 203: 5 }))).toHaveLength(1);
    expect(spikes(undefined)).toEqual([]);
  });

  it('are no steps that everybody takes: a noisy loss has few', () => {
    const curve = new Curve(20);
    for (let step = 1; step <= 300; step++) {
      const value = step % 3 ? 0.01 : 1;
      curve.add(step, 1, value, value, value);
    }
    expect(spikes(curve)).toEqual([]);
  });
});
