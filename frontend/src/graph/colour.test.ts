import { describe, expect, it } from 'vitest';

import { colour, css, luminance, readableOn, table } from './colour';
import type { MapName, Rgb } from './colour';

const THEMES = ['light', 'dark'] as const;
const SIGNED: MapName[] = ['forward', 'gradient'];

/** CIE lightness, from 0 to 100. */
function lightness(rgb: Rgb): number {
  return 116 * Math.cbrt(luminance(rgb)) - 16;
}

function unpack(abgr: number): Rgb {
  return [abgr & 255, (abgr >> 8) & 255, (abgr >> 16) & 255];
}

describe('colour maps', () => {
  it('meet their stops', () => {
    expect(colour('forward', 'light', -1)).toEqual([0xa2, 0x4e, 0x02]);
    expect(colour('forward', 'light', 0)).toEqual([0xf1, 0xef, 0xea]);
    expect(colour('forward', 'light', 1)).toEqual([0x00, 0x62, 0xa6]);
    expect(colour('gradient', 'dark', -0.5)).toEqual([0x2e, 0x7d, 0x56]);
    expect(colour('amount', 'dark', 1)).toEqual([0xf2, 0xf3, 0xf5]);
  });

  it('weigh equal magnitudes of both signs about the same', () => {
    for (const theme of THEMES) {
      for (const map of SIGNED) {
        for (const size of [0.25, 0.5, 0.75, 1]) {
          const [plus, minus] = [size, -size].map((x) => lightness(colour(map, theme, x)));
          expect(Math.abs((plus ?? 0) - (minus ?? 0))).toBeLessThan(10);
        }
      }
    }
  });

  it('are clamped at their ends', () => {
    expect(colour('forward', 'light', 7)).toEqual(colour('forward', 'light', 1));
    expect(colour('amount', 'light', -1)).toEqual(colour('amount', 'light', 0));
  });

  it('have tables of opaque pixels with zero in the middle', () => {
    const colours = table('forward', 'light');
    expect(colours).toHaveLength(256);
    expect(colours.every((abgr) => abgr >>> 24 === 255)).toBe(true);
    const zero = colour('forward', 'light', 0);
    for (const i of [127, 128]) {
      const pixel = unpack(colours[i] ?? 0);
      pixel.forEach((channel, c) => {
        expect(Math.abs(channel - (zero[c] ?? 0))).toBeLessThan(5);
      });
    }
  });

  it('stay nearer to zero with less strength, and are made once', () => {
    const half = unpack(table('forward', 'light', 0.5)[255] ?? 0);
    expect(half).toEqual(colour('forward', 'light', 0.5));
    expect(table('amount', 'dark')).toBe(table('amount', 'dark'));
  });

  it('know what is read better on them', () => {
    expect(readableOn([255, 255, 255])).toBe('dark');
    expect(readableOn([0, 0, 0])).toBe('light');
    expect(css([1, 2, 3])).toBe('rgb(1 2 3)');
  });
});
