/** Smoothing of fields, so that lines through numbers of 8 bits do not show the bits. */

/** Blur by the binomial 1 2 1 in both directions, `times` over; the rim is repeated outwards. */
export function smooth(
  values: ArrayLike<number>,
  width: number,
  height: number,
  times = 2,
): Float32Array {
  let now: Float32Array = Float32Array.from(values);
  for (let pass = 0; pass < times; pass++) {
    now = along(along(now, width, height, 1, width), height, width, width, 1);
  }
  return now;
}

/** Blur lines of `length` cells that lie `stride` apart; there are `count` lines, `step` apart. */
function along(
  values: Float32Array,
  length: number,
  count: number,
  stride: number,
  step: number,
): Float32Array {
  const result = new Float32Array(values.length);
  for (let line = 0; line < count; line++) {
    for (let i = 0; i < length; i++) {
      const at = line * step + i * stride;
      const here = values[at] ?? 0;
      const before = i > 0 ? (values[at - stride] ?? 0) : here;
      const after = i < length - 1 ? (values[at + stride] ?? 0) : here;
      result[at] = (before + 2 * here + after) / 4;
    }
  }
  return result;
}
