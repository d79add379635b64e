import { describe, expect, it } from 'vitest';

import { along, linearAxis, logAxis, tickText, wholeTicks } from './axis';

describe('axes', () => {
  it('end on half decades when logarithmic', () => {
    const axis = logAxis(0.0029, 0.98);
    expect(axis.ticks.map((tick) => Number(tick.toPrecision(6)))).toEqual([0.001, 0.01, 0.1, 1]);
    expect(axis.low).toBeLessThan(0.0029);
    expect(axis.high).toBeGreaterThan(0.98);
    expect(along(axis, axis.low)).toBe(0);
    expect(along(axis, axis.high)).toBeCloseTo(1);
  });

  it('stand still while values change a little', () => {
    expect(logAxis(0.0029, 0.98)).toEqual(logAxis(0.0035, 0.9));
  });

  it('hold out when there is nothing, or nothing good, to show', () => {
    for (const axis of [
      logAxis(Infinity, -Infinity),
      logAxis(0, 0),
      linearAxis(-1),
      linearAxis(NaN),
    ]) {
      expect(axis.high).toBeGreaterThan(axis.low);
      expect(axis.ticks.length).toBeGreaterThan(0);
    }
    expect(along(logAxis(0.1, 1), -5)).toBe(0);
  });

  it('skip decades when there are many', () => {
    expect(logAxis(1e-12, 1).ticks.length).toBeLessThanOrEqual(5);
  });

  it('begin at zero when linear', () => {
    expect(linearAxis(0.98).ticks).toEqual([0, 0.5]);
    expect(along(linearAxis(2), 0)).toBe(0);
  });

  it('have round whole ticks', () => {
    expect(wholeTicks(2000, 5)).toEqual([0, 500, 1000, 1500, 2000]);
    expect(wholeTicks(3, 8)).toEqual([0, 1, 2, 3]);
  });

  it('write round numbers shortly', () => {
    expect([0, 0.001, 0.02, 5, 20_000].map(tickText)).toEqual([
      '0',
      '0.001',
      '0.02',
      '5',
      '20,000',
    ]);
    expect([1e-4, 5e-5, 1e5, 2e6].map(tickText)).toEqual(['10⁻⁴', '5·10⁻⁵', '10⁵', '2·10⁶']);
  });
});
