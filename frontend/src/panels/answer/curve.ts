/** The answer over a line, as a path in a square of side 100. */

import type { Span } from '../../graph/plane';
import { trueValue, type Frame } from '../../wire/frame';

/** The path of the last unit's field where there is one input; empty where there is a plane. */
export function curveOf(frame: Frame | null, [low, high]: Span): string {
  const field = frame?.array('field');
  if (!field || field.axes.includes('Y')) return '';
  const count = field.shape.at(-1) ?? 0;
  const start = field.values.length - count;
  const places = Array.from({ length: count }, (_, i) => {
    const y = 100 - (100 * (trueValue(field, start + i) - low)) / (high - low);
    return `${((100 * (i + 0.5)) / count).toFixed(2)} ${y.toFixed(2)}`;
  });
  return places.length ? `M${places.join('L')}` : '';
}
