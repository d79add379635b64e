import { describe, expect, it } from 'vitest';

import {
  bandPath,
  barAcross,
  detourPath,
  restingWidth,
  speakingOpacity,
  speakingWidth,
  wireAt,
  wirePath,
} from './wires';

describe('courses', () => {
  it('begin and end level, where they should', () => {
    expect(wirePath({ x: 0, y: 10 }, { x: 100, y: 50 })).toBe('M0 10C50 10 50 50 100 50');
  });

  it('know their own places', () => {
    const [from, to] = [
      { x: 0, y: 10 },
      { x: 100, y: 50 },
    ];
    expect(wireAt(from, to, 0)).toEqual(from);
    expect(wireAt(from, to, 1)).toEqual(to);
    const middle = wireAt(from, to, 0.5);
    expect(middle.x).toBeCloseTo(50);
    expect(middle.y).toBeCloseTo(30);
  });

  it('lead around what stands between', () => {
    const path = detourPath({ x: 0, y: 50 }, { x: 400, y: 60 }, 4);
    expect(path.startsWith('M0 50')).toBe(true);
    expect(path).toContain('L352 4');
    expect(path.endsWith('400 60')).toBe(true);
  });

  it('are crossed by a bar', () => {
    expect(barAcross({ x: 0, y: 10 }, { x: 100, y: 10 }, 0.5)).toBe('M50 4L50 16');
  });

  it('widen to bands', () => {
    const band = bandPath({ x: 0, y: 50, height: 20 }, { x: 10, y: 50, height: 60 });
    expect(band).toBe('M0 40C5 40 5 20 10 20L10 80C5 80 5 60 0 60Z');
  });
});

describe('strength', () => {
  it('grows with the amount, whatever the sign, and never bursts', () => {
    expect(restingWidth(0, 2)).toBe(0.6);
    expect(restingWidth(-2, 2)).toBeCloseTo(3.2);
    expect(speakingWidth(1, 2)).toBeCloseTo(3.3);
    expect(speakingOpacity(0, 0)).toBe(0.4);
    expect(speakingWidth(Infinity, 2)).toBeCloseTo(5.4);
    expect(speakingWidth(9, 2)).toBeCloseTo(5.4);
  });
});
