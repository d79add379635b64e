/** Where the answer changes sign over the plane, as a path in a square of side 100. */

import { contour, linePath } from '../../graph/contour';
import { smooth } from '../../graph/smooth';
import { trueValue, type Frame } from '../../wire/frame';

/** The outline out of a frame of the probe `boundary`; empty where the answer has no sign. */
export function outlineOf(frame: Frame | null): string {
  const field = frame?.array('answer') ?? frame?.array('field');
  if (field?.dtype !== 'uint8') return '';
  const [height = 0, width = 0] = field.shape.slice(-2);
  if (field.shape.length > 2 && field.shape[0] !== 1) return '';
  const values = smooth(
    Float32Array.from(field.values, (_, i) => trueValue(field, i)),
    width,
    height,
  );
  return linePath(contour(values, width, height, 0), 100 / width, 100 / height);
}
