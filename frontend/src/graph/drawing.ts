/** A drawing by hand, on its way to a network: marks become ink, which is centred and brought to the usual size. */

export const SIDE = 28;
/** Half the width of the pen, and how softly its ink ends, in pixels. */
const PEN = 1.9;
const SOFT = 1.4;
/** So often ink is made softer at most. */
const MOST_PASSES = 8;
/** Above this there is ink. */
const INKED = 0.1;

export interface Spot {
  x: number;
  y: number;
}

/** One stroke of the pen, or of the eraser, in pixels of the drawing. */
export interface Mark {
  spots: readonly Spot[];
  erases: boolean;
}

/** Add a stroke between two spots to the ink, which goes from 0 to 1; or take ink away. */
export function stroke(ink: Float32Array, from: Spot, to: Spot, erases = false): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  for (let i = 0; i < ink.length; i++) {
    const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
    const along = length ? ((x - from.x) * dx + (y - from.y) * dy) / length : 0;
    const t = Math.min(1, Math.max(0, along));
    const distance = Math.hypot(x - from.x - t * dx, y - from.y - t * dy);
    const share = Math.min(1, Math.max(0, (PEN + SOFT / 2 - distance) / SOFT));
    const before = ink[i] ?? 0;
    ink[i] = erases ? Math.min(before, 1 - share) : Math.max(before, share);
  }
}

/** The ink of all marks, on paper or on another image. */
export function inkOf(marks: readonly Mark[], base: Float32Array | null = null): Float32Array {
  const ink = base ? base.slice() : new Float32Array(SIDE * SIDE);
  for (const { spots, erases } of marks) {
    spots.forEach((spot, i) => {
      stroke(ink, spots[i - 1] ?? spot, spot, erases);
    });
  }
  return ink;
}

/** Move marks into the middle and scale them so that the longer side of their ink has `reach` pixels. */
export function fitted(marks: readonly Mark[], reach: number): Mark[] {
  const spots = marks.filter(({ erases }) => !erases).flatMap((mark) => mark.spots);
  if (!spots.length) return [];
  const [left, right] = ends(spots.map(({ x }) => x));
  const [top, bottom] = ends(spots.map(({ y }) => y));
  const edge = 2 * PEN + SOFT * (1 - 2 * INKED);
  const longer = Math.max(right - left, bottom - top);
  // A dot stays one: there is nothing to scale.
  const scale = longer < 1 ? 1 : Math.max(1, reach - edge) / longer;
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  return marks.map((mark) => ({
    ...mark,
    spots: mark.spots.map(({ x, y }) => ({
      x: (x - middleX) * scale + SIDE / 2,
      y: (y - middleY) * scale + SIDE / 2,
    })),
  }));
}

/** How many pixels the longer side of the ink has, in the middle one of some images of bytes. */
export function usualReach(images: readonly ArrayLike<number>[], width: number): number {
  const reaches = images.map((image) => {
    const inked = Array.from({ length: image.length }, (_, i) => i).filter(
      (i) => (image[i] ?? 0) > 255 * INKED,
    );
    const [left, right] = ends(inked.map((i) => i % width));
    const [top, bottom] = ends(inked.map((i) => Math.floor(i / width)));
    return inked.length ? Math.max(right - left, bottom - top) + 1 : 0;
  });
  const sorted = reaches.filter(Boolean).sort((a, b) => a - b);
  return Math.min(SIDE, sorted[sorted.length >> 1] ?? SIDE - 4);
}

/** The steepest edge of the middle one of some images of bytes, from 0 to 1 between two pixels. */
export function usualEdge(images: readonly ArrayLike<number>[], width: number): number {
  const edges = images.map((image) => steepest(image, width) / 255).sort((a, b) => a - b);
  return edges[edges.length >> 1] ?? 1;
}

/** The same ink with edges no steeper than that, as a camera out of focus would have it. */
export function softened(ink: Float32Array, edge: number): Float32Array {
  let soft = ink;
  for (let pass = 0; pass < MOST_PASSES && steepest(soft, SIDE) > edge; pass++)
    soft = blurred(soft);
  return soft;
}

function steepest(image: ArrayLike<number>, width: number): number {
  let most = 0;
  for (let i = 0; i < image.length; i++) {
    const here = image[i] ?? 0;
    if ((i + 1) % width) most = Math.max(most, Math.abs(here - (image[i + 1] ?? here)));
    most = Math.max(most, Math.abs(here - (image[i + width] ?? here)));
  }
  return most;
}

/** Each pixel with a half of itself and a quarter of either neighbour, along and down. */
function blurred(ink: Float32Array): Float32Array {
  const pass = (from: Float32Array, step: number, inside: (i: number) => boolean): Float32Array =>
    from.map((here, i) => {
      const [before, after] = [
        inside(i) ? from[i - step] : 0,
        inside(i + step) ? from[i + step] : 0,
      ];
      return 0.5 * here + 0.25 * ((before ?? 0) + (after ?? 0));
    });
  const along = pass(ink, 1, (i) => i % SIDE !== 0);
  return pass(along, SIDE, (i) => i >= SIDE && i < SIDE * SIDE);
}

/** A smooth path through spots, for the eye: through the middles, bent at the spots. */
export function smoothPath(spots: readonly Spot[]): string {
  const [first, ...others] = spots;
  if (!first) return '';
  const at = ({ x, y }: Spot): string => `${x.toFixed(2)} ${y.toFixed(2)}`;
  const last = others.at(-1);
  if (!last) return `M${at(first)}h0.01`;
  const bends = others.slice(0, -1).map((spot, i) => {
    const next = others[i + 1] ?? spot;
    return `Q${at(spot)} ${at({ x: (spot.x + next.x) / 2, y: (spot.y + next.y) / 2 })}`;
  });
  return `M${at(first)}${bends.join('')}L${at(last)}`;
}

/** Bytes of the ink as base64. */
export function encoded(ink: Float32Array): string {
  return btoa(String.fromCharCode(...Array.from(ink, (value) => Math.round(255 * value))));
}

/** Ink from its bytes. */
export function decoded(pixels: string): Float32Array {
  return Float32Array.from(atob(pixels), (letter) => letter.charCodeAt(0) / 255);
}

/** An image of bytes without the frame around it, as ink; smaller ones get a frame. */
export function inside(image: ArrayLike<number>, width: number, height: number): Float32Array {
  const [left, top] = [Math.floor((width - SIDE) / 2), Math.floor((height - SIDE) / 2)];
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) + left, Math.floor(i / SIDE) + top];
    return x < 0 || y < 0 || x >= width || y >= height ? 0 : (image[y * width + x] ?? 0) / 255;
  });
}

/** The image that the network is given of a drawing: in the middle of paper. */
export function framed(ink: Float32Array, width: number, height: number): Float32Array {
  const [left, top] = [Math.floor((width - SIDE) / 2), Math.floor((height - SIDE) / 2)];
  return Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) - left, Math.floor(i / width) - top];
    return x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : (ink[y * SIDE + x] ?? 0);
  });
}

function ends(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
