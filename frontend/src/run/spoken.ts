/** What a run that says sentences does with them, asked for now: right by length, and its words for one example. */

import type { Frame, FrameArray } from '../wire/frame';
import { Problem } from '../wire/http';
import { getProbe } from '../wire/rest';
import type { FrameAnswer } from '../wire/schema';

export interface Spoken {
  /** The example that was asked for; null: the first that is held out. */
  example: number | null;
  /** Null: all sentences are equally long. */
  lengths: Frame | null;
  words: Frame | null;
}

/** Whether examples are sentences that the network says by itself, word after word. */
export function speaks({ details }: FrameAnswer): boolean {
  const classes = details['classes'];
  const isClassed = Array.isArray(classes) && classes.length > 0;
  return !isClassed && Object.keys(details['vocabularies'] ?? {}).length > 0;
}

export async function listen(run: string, example: number | null): Promise<Spoken> {
  const [lengths, words] = await Promise.all([
    getProbe(run, 'lengths').then(frameOf, untold),
    getProbe(run, 'decode', example).then(frameOf, untold),
  ]);
  return { example, lengths, words };
}

/** What the server has nothing to say about. */
function untold(problem: unknown): null {
  if (problem instanceof Problem && problem.status) return null;
  throw problem;
}

/** An answer in the form in which frames arrive. */
export function frameOf(answer: FrameAnswer): Frame {
  const arrays = answer.arrays.map(({ name, node, axes, shape, data }): FrameArray => ({
    name,
    node,
    axes,
    shape,
    dtype: 'float64',
    scale: 'fixed',
    lo: 0,
    hi: 1,
    values: Float64Array.from([data].flat(Infinity), (value) =>
      value === null ? NaN : Number(value),
    ),
  }));
  return {
    ...answer,
    subscription: 0,
    reading: null,
    arrays,
    array: (name, node) => arrays.find((a) => a.name === name && (node ?? a.node) === a.node),
  };
}
