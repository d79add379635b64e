/** A picture as attention lights it: what is not looked at fades, the rest stays the picture that it is. */

import type { FrameArray } from '../wire/frame';
import { trueValue } from '../wire/frame';
import type { Theme } from './cursor';

const PAPER: Record<Theme, number> = { light: 255, dark: 15 };
/** What is left of a cell that nothing looks at. */
const FAINT = 0.16;
const CHANNELS = 3;

/** Colours of all pixels, row by row; `weights`: how much each cell of a grid is looked at; none: all of it is lit. */
export function spotlit(
  picture: FrameArray,
  weights: ArrayLike<number> | null,
  [rows, columns]: readonly [number, number],
  theme: Theme,
): Uint32Array {
  const [height = 1, width = 1] = picture.shape.slice(-2);
  const size = width * height;
  const colours = picture.values.length / size === CHANNELS ? CHANNELS : 1;
  const most = weights ? Math.max(1e-9, ...Array.from(weights)) : 1;
  return Uint32Array.from({ length: size }, (_, at) => {
    const row = Math.floor((Math.floor(at / width) * rows) / height);
    const cell = row * columns + Math.floor(((at % width) * columns) / width);
    const light = weights ? FAINT + ((1 - FAINT) * (weights[cell] ?? 0)) / most : 1;
    const shade = (channel: number): number => {
      const value = trueValue(picture, (colours === 1 ? 0 : channel * size) + at);
      const own = 255 * Math.min(1, Math.max(0, colours === 1 ? 1 - value : value));
      return Math.round(PAPER[theme] + (own - PAPER[theme]) * light);
    };
    return ((255 << 24) | (shade(2) << 16) | (shade(1) << 8) | shade(0)) >>> 0;
  });
}
