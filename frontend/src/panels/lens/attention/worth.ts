/** What each head is worth, out of what the probe `effect_of_head` has measured. */

import type { FrameAnswer } from '../../../wire/schema';

export interface Worth {
  /** The share of words (else of answers) that is right with all heads. */
  whole: number;
  /** The same without one head; undefined: it was not measured. */
  right: (node: string, head: number) => number | undefined;
  /** How much is lost at such a share, as a part of the greatest loss by any one head; from 0 to 1. */
  part: (right: number) => number;
}

/** Read what was measured. */
export function worthOf(frame: FrameAnswer | null): Worth | null {
  const shares = (frame?.details['whole'] ?? {}) as Record<string, number>;
  const name = ['token_accuracy', 'accuracy'].find((each) => each in shares);
  const whole = name === undefined ? undefined : shares[name];
  if (!frame || whole === undefined) return null;
  const measured = frame.arrays.filter((array) => array.name === name);
  const all = measured.flatMap(({ data }) => data as number[]);
  const most = whole - Math.min(...all);
  return {
    whole,
    right: (node, head) =>
      (measured.find((array) => array.node === node)?.data as number[] | undefined)?.[head],
    part: (right) => (most > 0 ? Math.max(0, whole - right) / most : 0),
  };
}
