/** Examples that are images, out of frames of any probe that carries them. */

import type { Frame, FrameArray } from '../../wire/frame';

/** One small image to pick. */
export interface Thumb {
  id: number;
  pixels: Uint8Array;
  /** What a press does, in words. */
  label: string;
  /** What stands under it. */
  foot?: { before: string; after: string };
}

/** Some images with the ids of their examples. */
export interface Images {
  ids: readonly number[];
  width: number;
  height: number;
  /** Bytes of ink of the image at a place of the list; of several channels the first. */
  at(place: number): Uint8Array;
}

/** The images of a frame; `from`: at which of its ids they begin. Null where it has none. */
export function imagesOf(frame: Frame | null, from = 0): Images | null {
  const array = frame?.array('image');
  if (!frame || !array) return null;
  const [width, height, count] = [
    array.shape.at(-1) ?? 1,
    array.shape.at(-2) ?? 1,
    array.shape[0] ?? 0,
  ];
  const cells = array.values.length / Math.max(1, count);
  const ids = Array.from(frame.array('id')?.values ?? []).slice(from, from + count);
  return {
    ids,
    width,
    height,
    at: (place) =>
      Uint8Array.from(array.values.subarray(place * cells, place * cells + width * height)),
  };
}

/** Real numbers as bytes of ink, the greatest black; of several channels the first. */
export function inked({ values, dtype, shape }: FrameArray): Uint8Array {
  const cells = values.slice(0, (shape.at(-1) ?? 1) * (shape.at(-2) ?? 1));
  if (dtype === 'uint8') return Uint8Array.from(cells);
  const most = Math.max(1, ...cells);
  return Uint8Array.from(cells, (value) => Math.round(Math.max(0, (255 * value) / most)));
}

/** Which class each row of N × K numbers is for. */
export function choices(answer: FrameArray | undefined): number[] {
  const [rows = 0, width = 1] = answer?.shape ?? [];
  return Array.from({ length: rows }, (_, row) => {
    const shares = Array.from(answer?.values.subarray(row * width, (row + 1) * width) ?? []);
    return shares.indexOf(Math.max(...shares));
  });
}
