/** Painting fields of bytes on a canvas, cell by cell. */

/** One pixel a cell; the style sheet enlarges it without smoothing. */
export function paint(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  width: number,
  height: number,
  table: Uint32Array,
): void {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[values[i] ?? 0] ?? 0;
  put(canvas, image);
}

/** `cell` pixels a cell, with a diagonal hair through the negative ones. */
export function paintSigned(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  width: number,
  height: number,
  table: Uint32Array,
  cell: number,
): void {
  const image = new ImageData(width * cell, height * cell);
  const pixels = new Uint32Array(image.data.buffer);
  const hair = table[Math.abs(luma(table[0]) - luma(table[127])) > 64 ? 127 : 255] ?? 0;
  for (let y = 0; y < height * cell; y++) {
    for (let x = 0; x < width * cell; x++) {
      const value = values[Math.floor(y / cell) * width + Math.floor(x / cell)] ?? 0;
      const isHair = value < 127 && (x % cell) + (y % cell) === cell - 1;
      pixels[y * width * cell + x] = isHair ? hair : (table[value] ?? 0);
    }
  }
  put(canvas, image);
}

function put(canvas: HTMLCanvasElement, image: ImageData): void {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

function luma(abgr = 0): number {
  return 0.3 * (abgr & 255) + 0.59 * ((abgr >> 8) & 255) + 0.11 * ((abgr >> 16) & 255);
}
