/** How the size of what comes out, and the number of parameters, come about: with the numbers in them. */

import type { TensorSpec } from '../wire/schema';
import { count } from './number';

type Settings = Readonly<Record<string, unknown>>;

/** The side that a window leaves of an image: `(28 + 2·2 − 5) ÷ 1 + 1`; null: the layer has no window. */
export function shapeFormula(layer: Settings, input: TensorSpec | undefined): string | null {
  const side = input?.shape.at(-1);
  if (!input || side === undefined) return null;
  if (layer['kind'] === 'Flatten') return input.shape.length > 1 ? input.shape.join('·') : null;
  const size = number(layer, 'kernel_size');
  if (size === null || UNLIKE.has(layer['kind'])) return null;
  return windowed(side, size, layer);
}

function windowed(side: number, size: number, layer: Settings): string {
  const stride = number(layer, 'stride') ?? size;
  const padding = number(layer, 'padding') ?? 0;
  const dilation = number(layer, 'dilation') ?? 1;
  const around = padding ? ` + 2·${padding}` : '';
  const window = dilation === 1 ? size : `(${dilation}·${size - 1} + 1)`;
  return `(${side}${around} − ${window}) ÷ ${stride} + 1`;
}

/** These have windows, but other rules. */
const UNLIKE = new Set<unknown>(['ConvTranspose2d', 'SparseConv2d', 'Subsample2d']);

function number(layer: Settings, name: string): number | null {
  const value = layer[name];
  return typeof value === 'number' ? value : null;
}

/** What a network learns in one layer: `6·1·5·5 + 6`; null: nothing. */
export function parameterFormula(
  shapes: Readonly<Record<string, readonly number[]>>,
): string | null {
  const terms = Object.values(shapes).map((shape) => shape.map(count).join('·') || '1');
  return terms.length ? terms.join(' + ') : null;
}
