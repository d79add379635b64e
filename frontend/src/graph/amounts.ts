/** What is said of a tensor in a few signs, by its size: its number, or how large its numbers are. */

import type { Capture, Value } from '../wire/capture';
import type { Frame } from '../wire/frame';
import { four } from './number';

/** How a tensor stands at one step. */
export interface Amount {
  /** `0.2807`, or the root of the mean square. */
  text: string;
  /** Sign of a single number; 0 of several. */
  sign: -1 | 0 | 1;
  /** Whether it is one number alone. */
  isOne: boolean;
}

export const countOf = ({ shape }: Pick<Value, 'shape'>): number =>
  shape.reduce((all, size) => all * size, 1);

/** Of all values that a frame of the probe `operations` tells, by id; none where it is of another graph. */
export function amountsOf({ values }: Capture, frame: Frame | null): ReadonlyMap<string, Amount> {
  const [mean, rms] = [frame?.array('mean')?.values, frame?.array('rms')?.values];
  const amounts = new Map<string, Amount>();
  if (mean?.length !== values.length || rms?.length !== values.length) return amounts;
  values.forEach((value, i) => {
    const isOne = countOf(value) === 1;
    const number = (isOne ? mean[i] : rms[i]) ?? NaN;
    if (Number.isNaN(number)) return;
    const sign = isOne ? (Math.sign(number) as -1 | 0 | 1) : 0;
    amounts.set(value.id, { text: four(number), sign, isOne });
  });
  return amounts;
}

/** A shape as it is written: `32×8`; one number has none. */
export const sizesText = ({ shape }: Pick<Value, 'shape'>): string => shape.join('×');
