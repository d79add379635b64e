/** Images made smaller: to fit where they are shown, or to see what is lost. */

/** A square picture of `side` pixels: each the mean of the area that it covers, so that thin strokes survive. */
export function shrunk(
  values: ArrayLike<number>,
  width: number,
  height: number,
  side: number,
): Uint8Array {
  const result = new Uint8Array(side * side);
  for (let row = 0; row < side; row++) {
    const rows = spans(row, height / side, height);
    for (let column = 0; column < side; column++) {
      const columns = spans(column, width / side, width);
      let [sum, area] = [0, 0];
      for (const [y, tall] of rows) {
        for (const [x, wide] of columns) {
          sum += (values[y * width + x] ?? 0) * tall * wide;
          area += tall * wide;
        }
      }
      result[row * side + column] = Math.round(sum / Math.max(area, 1e-9));
    }
  }
  return result;
}

/** Which pixels a cell of this size covers, and how much of each. */
function spans(index: number, size: number, most: number): [pixel: number, share: number][] {
  const [from, to] = [index * size, (index + 1) * size];
  const found: [number, number][] = [];
  for (let pixel = Math.floor(from); pixel < Math.min(to, most); pixel++) {
    const share = Math.min(to, pixel + 1) - Math.max(from, pixel);
    if (share > 1e-9) found.push([pixel, share]);
  }
  return found;
}

/** Means of blocks of `block` by `block` pixels, row by row; what does not fill a block is a smaller one. */
export function pooled(
  values: ArrayLike<number>,
  width: number,
  height: number,
  block: number,
): { values: Float64Array; width: number; height: number } {
  const [columns, rows] = [Math.ceil(width / block), Math.ceil(height / block)];
  const [sums, counts] = [new Float64Array(columns * rows), new Float64Array(columns * rows)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y / block) * columns + Math.floor(x / block);
      sums[cell] = (sums[cell] ?? 0) + (values[y * width + x] ?? 0);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return {
    values: sums.map((sum, i) => sum / (counts[i] ?? 1)),
    width: columns,
    height: rows,
  };
}

/** As large as it was before `pooled`: every pixel of a block is its mean. */
export function unpooled(
  means: ArrayLike<number>,
  width: number,
  height: number,
  block: number,
): Float64Array {
  const columns = Math.ceil(width / block);
  return Float64Array.from(
    { length: width * height },
    (_, i) =>
      means[
        Math.floor(Math.floor(i / width) / block) * columns + Math.floor((i % width) / block)
      ] ?? 0,
  );
}
