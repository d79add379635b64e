/** Where the answer changes sign over the plane, as a path in a square of side 100. */

import { contour, linePath } from '../../graph/contour';
import { smooth } from '../../graph/smooth';
import { trueValue, type Frame, type FrameArray } from '../../wire/frame';

/** The outline out of a frame of the probe `boundary`; empty where the answer has no sign. */
export function outlineOf(frame: Frame | null): string {
  const field = signedField(frame);
  if (!field) return '';
  const [height = 0, width = 0] = field.shape.slice(-2);
  const values = Float32Array.from(field.values, (_, i) => trueValue(field, i));
  const lines = contour(smooth(values, width, height), width, height, 0);
  return linePath(lines, 100 / width, 100 / height);
}

/** The field over the plane whose sign is that of the answer; null where there are several answers, or no plane. */
function signedField(frame: Frame | null): FrameArray | null {
  if (!frame) return null;
  // The sum before the activation crosses zero where the answer does, and more steeply than a saturated one.
  const fields = ['sum', 'answer', 'field'].map((name) => frame.array(name));
  const field = fields.find(
    (candidate) => candidate?.dtype === 'uint8' && candidate.axes.includes('Y'),
  );
  const isSingle = field && (field.shape.length === 2 || field.shape[0] === 1);
  return isSingle ? field : null;
}
