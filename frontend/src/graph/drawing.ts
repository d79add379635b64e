/** A drawing by hand, on its way to a network: strokes become ink, ink is centred and brought to the usual size. */

export const SIDE = 28;
/** A drawing is scaled so that its longer side has this many pixels. */
const REACH = 22;
const PEN = 1.6;

export interface Spot {
  x: number;
  y: number;
}

/** Add a stroke between two spots (in pixels of the drawing) to the ink, which goes from 0 to 1. */
export function stroke(ink: Float32Array, from: Spot, to: Spot): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  for (let i = 0; i < ink.length; i++) {
    const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
    const along = length ? ((x - from.x) * dx + (y - from.y) * dy) / length : 0;
    const t = Math.min(1, Math.max(0, along));
    const distance = Math.hypot(x - from.x - t * dx, y - from.y - t * dy);
    ink[i] = Math.max(ink[i] ?? 0, Math.min(1, Math.max(0, PEN + 0.5 - distance)));
  }
}

/** Move the ink so that its box is in the middle, and scale it to the usual size; without ink, nothing happens. */
export function centred(ink: Float32Array): Float32Array {
  const box = boxOf(ink);
  if (!box) return ink.slice();
  const scale = Math.max(box.right - box.left, box.bottom - box.top) / REACH;
  const [middleX, middleY] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const result = new Float32Array(ink.length);
  for (let i = 0; i < result.length; i++) {
    const x = middleX + ((i % SIDE) + 0.5 - SIDE / 2) * scale;
    const y = middleY + (Math.floor(i / SIDE) + 0.5 - SIDE / 2) * scale;
    result[i] = sample(ink, x - 0.5, y - 0.5);
  }
  return result;
}

/** Bytes of the ink as base64. */
export function encoded(ink: Float32Array): string {
  return btoa(String.fromCharCode(...Array.from(ink, (value) => Math.round(255 * value))));
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function boxOf(ink: Float32Array): Box | null {
  const inked = Array.from(ink.keys()).filter((i) => (ink[i] ?? 0) > 0.1);
  if (!inked.length) return null;
  const [columns, rows] = [inked.map((i) => i % SIDE), inked.map((i) => Math.floor(i / SIDE))];
  return {
    left: Math.min(...columns),
    right: Math.max(...columns) + 1,
    top: Math.min(...rows),
    bottom: Math.max(...rows) + 1,
  };
}

/** The ink between pixels, bilinearly; outside is paper. */
function sample(ink: Float32Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const at = (column: number, row: number): number =>
    column < 0 || row < 0 || column >= SIDE || row >= SIDE ? 0 : (ink[row * SIDE + column] ?? 0);
  const [far, low] = [x - left, y - top];
  const upper = at(left, top) * (1 - far) + at(left + 1, top) * far;
  const lower = at(left, top + 1) * (1 - far) + at(left + 1, top + 1) * far;
  return upper * (1 - low) + lower * low;
}
