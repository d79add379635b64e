/** Colours of numbers: interpolated in OKLab, symmetric about zero, ready for putImageData. */

import type { Theme } from './cursor';

/** `forward`: signed values; `gradient`: anything with ∂; `amount`: from none to all. */
export type MapName = 'forward' | 'gradient' | 'amount';
/** Red, green, blue from 0 to 255. */
export type Rgb = [number, number, number];
type Lab = [number, number, number];

const STOPS: Record<MapName, Record<Theme, string>> = {
  forward: {
    light: 'A24E02 C76F33 E39F75 F3CFB8 F1EFEA BBD8F3 79B1E7 2F89D6 0062A6',
    dark: 'FFA56D E08244 A0602F 5C3B26 1D2127 27445F 3272A8 4E9FE6 8CC8FF',
  },
  gradient: {
    light: '02704A 259A66 73BF94 B6DDC6 F1EFEA E9C6DF D08FC0 B24E9F 8E2A7C',
    dark: '5CE6A2 3CB579 2E7D56 26493A 1D2127 543850 955788 CF76BC FD92E7',
  },
  amount: {
    light: 'F1EFEA CFCFD6 9A9DAA 5A5F6D 15171C',
    dark: '1D2127 3B424D 707986 AEB5C0 F2F3F5',
  },
};

const tables = new Map<string, Uint32Array>();

/**
 * 256 colours as ABGR words, for uint8 values. In signed maps 127 and 128 are next to zero on either side.
 * `strength` below 1 stays nearer to zero: 0.8 for portraits, 0.5 where points lie on top.
 */
export function table(map: MapName, theme: Theme, strength = 1): Uint32Array {
  const key = `${map} ${theme} ${strength}`;
  let colours = tables.get(key);
  if (!colours) {
    colours = new Uint32Array(256);
    for (let i = 0; i < 256; i++)
      colours[i] = abgr(colourAt(map, theme, inRange(map, i / 255, strength)));
    tables.set(key, colours);
  }
  return colours;
}

/** The colour of a value: signed maps take -1..1, `amount` takes 0..1. */
export function colour(map: MapName, theme: Theme, value: number, strength = 1): Rgb {
  const share = map === 'amount' ? value : (value + 1) / 2;
  return colourAt(map, theme, inRange(map, Math.min(1, Math.max(0, share)), strength));
}

/** Write a colour as CSS does. */
export function css([r, g, b]: Rgb): string {
  return `rgb(${r} ${g} ${b})`;
}

/** Ink or paper, whichever is read better on a colour. */
export function readableOn(background: Rgb): 'dark' | 'light' {
  const light = luminance(background);
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? 'dark' : 'light';
}

/** Relative luminance as WCAG defines it. */
export function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((c) => linear(c / 255)) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function inRange(map: MapName, share: number, strength: number): number {
  return map === 'amount' ? share * strength : 0.5 + (share - 0.5) * strength;
}

const labs = new Map<string, Lab[]>();

function colourAt(map: MapName, theme: Theme, share: number): Rgb {
  const name = STOPS[map][theme];
  let stops = labs.get(name);
  if (!stops) labs.set(name, (stops = name.split(' ').map(toLab)));
  const place = share * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(place));
  const [a, b] = [stops[low], stops[low + 1]];
  if (!a || !b) return [0, 0, 0];
  const t = place - low;
  return fromLab([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]);
}

function abgr([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function linear(c: number): number {
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function gamma(c: number): number {
  return c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055;
}

// The matrices are those of B. Ottosson, A perceptual color space for image processing, 2020.
function toLab(hex: string): Lab {
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((i) =>
    linear(parseInt(hex.slice(i, i + 2), 16) / 255),
  );
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromLab([L, a, b]: Lab): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return channels.map((c) =>
    Math.round(255 * Math.min(1, Math.max(0, gamma(Math.max(0, c))))),
  ) as Rgb;
}
