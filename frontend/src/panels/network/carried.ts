/** What comes through one wire: forwards a part of a sum, backwards the gradient of the weights that it stands for. */

import type { Show } from '../../graph/cursor';
import type { FrameArray } from '../../wire/frame';
import { loadKey } from './loads';
import type { Loads } from './loads';
import type { Frames } from './pictures';
import type { Strand } from './strands';

/** The number of a wire; null if it is not known. */
export function carriedBy(strand: Strand, frames: Frames, show: Show, known: Loads): number | null {
  if (show === 'gradients') return pull(frames, strand);
  return known.get(loadKey(strand.from, strand.column ?? 0)) ?? contribution(frames, strand);
}

/** What comes through a wire into a sum; through a wire of many numbers, all their terms together. */
function contribution(frames: Frames, strand: Strand): number | null {
  const weights = weightsOf(strand, frames, 'weight');
  const values = frames.value?.array('output', strand.from)?.values;
  if (weights?.shape.length !== 2 || !values || weights.shape[1] !== values.length) return null;
  return added(weights, strand, (weight, i) => weight * (values[i] ?? 0));
}

/** The gradient of one weight, or of a window or stretch of them together. */
function pull(frames: Frames, strand: Strand): number | null {
  const slopes = weightsOf(strand, frames, 'grad');
  return slopes && !strand.isOwn ? added(slopes, strand, (slope) => slope) : null;
}

/** The weights of the stage that a wire leads to, with a row for each unit, unless only a thumbnail of them came. */
function weightsOf(
  { to, row }: Strand,
  frames: Frames,
  name: 'weight' | 'grad',
): FrameArray | null {
  const array = frames.weight?.array(name, `${to}.weight`);
  const rows = array?.shape[0] ?? 0;
  const hasRows = array !== undefined && array.dtype !== 'uint8' && array.shape.length > 1;
  return hasRows && row !== null && row < rows ? array : null;
}

/** Add up what comes through a wire, of the row of its unit. */
function added(
  { values, shape: [rows = 1] }: FrameArray,
  { row, column, of }: Strand,
  term: (weight: number, i: number) => number,
): number | null {
  const columns = values.length / rows;
  const per = column === null ? columns : columns / of;
  if (!Number.isInteger(per)) return null;
  const first = (column ?? 0) * per;
  let sum = 0;
  for (let i = first; i < first + per; i++) sum += term(values[(row ?? 0) * columns + i] ?? 0, i);
  return sum;
}
