/** Numbers of a picture as bytes on the scale that is wanted: a unit's own, its layer's, or that of the network. */

import type { Scale } from '../../graph/cursor';
import { bytesOf, reachOf, toBytes } from '../../graph/look';
import type { Bytes } from '../../graph/look';
import { ends, trueValue } from '../../wire/frame';
import type { Frame, FrameArray } from '../../wire/frame';

/** The scale, and the greatest amount in all pictures together. */
export interface Span {
  scale: Scale;
  most: number;
}

/** A stretch of an array, all cells of one unit or of a whole layer. */
export interface Stretch {
  first: number;
  size: number;
  /** Whether it is one unit of several. */
  isUnit: boolean;
}

/** Bytes of a stretch; `lo` below zero says that they are signed. */
export function bytesOn(
  array: FrameArray,
  { first, size, isUnit }: Stretch,
  { scale, most }: Span,
): { bytes: Bytes; lo: number } {
  if (scale === 'layer' || (scale === 'node' && !isUnit)) {
    const { bytes, lo } = bytesOf(array);
    const whole = bytes as Uint8Array;
    return { bytes: whole.subarray(first, first + size), lo };
  }
  const values = Float64Array.from({ length: size }, (_, i) => trueValue(array, first + i));
  return { bytes: toBytes(values, scale === 'node' ? reachOf(values) : most), lo: -1 };
}

/** The greatest amount that any of some nodes has in a frame; null if none of them is in it. */
export function reachIn(
  frame: Frame | null,
  name: string,
  nodes: ReadonlySet<string>,
): number | null {
  const arrays = frame?.arrays.filter((array) => array.name === name && nodes.has(array.node));
  if (!arrays?.length) return null;
  return reachOf(arrays.map((array) => reachOf(ends(array))));
}
