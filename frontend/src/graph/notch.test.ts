import { describe, expect, it } from 'vitest';

import { clamped, notch } from './notch';

const rates = { low: 0, high: 1e6 };

describe('notches', () => {
  it('go 1, 2, 5, 10 where sizes count in ratios', () => {
    expect(notch(0.2, 1, 'ratio', rates)).toBe(0.5);
    expect(notch(0.5, 1, 'ratio', rates)).toBe(1);
    expect(notch(0.03, 1, 'ratio', rates)).toBe(0.05);
    expect(notch(0.03, -1, 'ratio', rates)).toBe(0.02);
    expect(notch(1, -1, 'ratio', rates)).toBe(0.5);
    expect(notch(1000, 1, 'ratio', rates)).toBe(2000);
    expect(notch(1e-4, -1, 'ratio', rates)).toBe(5e-5);
  });

  it('go in even steps between narrow bounds', () => {
    expect(notch(0.1, 1, 'even', { low: 0, high: 1 })).toBe(0.15);
    expect(notch(0.1, -1, 'even', { low: 0, high: 1 })).toBe(0.05);
  });

  it('double and count', () => {
    expect(notch(16, 1, 'double', { low: 1, high: 4096 })).toBe(32);
    expect(notch(1, -1, 'double', { low: 1, high: 4096 })).toBe(1);
    expect(notch(4, -1, 'whole', { low: 1, high: 512 })).toBe(3);
  });

  it('end at the bounds', () => {
    expect(notch(1, 1, 'even', { low: 0, high: 1 })).toBe(1);
    expect(notch(0.95, 1, 'even', { low: 0, high: 1, belowHigh: true })).toBe(0.95);
    expect(notch(1, -1, 'whole', { low: 1, high: 512 })).toBe(1);
  });

  it('find the nearest value that is allowed', () => {
    expect(clamped(7, { low: 0, high: 1 })).toBe(1);
    expect(clamped(7, { low: 0, high: 1, belowHigh: true })).toBeNull();
    expect(clamped(0.4, { low: 0, high: 1 })).toBe(0.4);
  });
});
