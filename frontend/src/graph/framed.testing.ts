/** Frames for tests, as they arrive. */

import type { Frame, FrameArray } from '../wire/frame';

type Told = Partial<Omit<FrameArray, 'values'>> & { values: readonly number[] };

/** A frame of some arrays of real numbers. */
export function framed(
  told: readonly Told[],
  details: Record<string, unknown> = {},
  reading: Frame['reading'] = null,
): Frame {
  const arrays = told.map((each): FrameArray => ({
    name: '',
    node: '',
    axes: [],
    dtype: 'float32',
    shape: [each.values.length],
    scale: 'node',
    lo: 0,
    hi: 1,
    ...each,
    values: Float32Array.from(each.values),
  }));
  return {
    type: 'frame',
    subscription: 1,
    run: 'r',
    probe: '',
    replica: null,
    step: 0,
    example: null,
    reading,
    arrays,
    details,
    array: (name, node) => arrays.find((a) => a.name === name && (node ?? a.node) === a.node),
  };
}
