/** The residual stream, out of a frame of the probe `residual`: addition for addition, place for place. */

import type { Frame } from '../../../wire/frame';
import { trueValue } from '../../../wire/frame';

/** One place at which something is added to the stream. */
export interface Addition {
  path: string;
  /** The layer that says what is added. */
  writer: string;
  /** Lengths of the stream and of what is added, and the cosine between both, at each word. */
  stream: readonly number[];
  written: readonly number[];
  cosine: readonly number[];
}

/** All that is added at the words of one input, the last addition first: as a stack is drawn. */
export interface Stream {
  input: string;
  words: readonly string[];
  additions: readonly Addition[];
  /** The greatest length: all bars are drawn beside it. */
  greatest: number;
}

interface Node {
  path: string;
  writer: string;
  input: string;
}

/** The streams in order of computation, each with the additions at the words of its input. */
export function streamsOf(frame: Frame | null): Stream[] {
  if (!frame) return [];
  const nodes = (frame.details['nodes'] ?? []) as Node[];
  const tokens = (frame.details['tokens'] ?? {}) as Record<string, string[]>;
  return [...new Set(nodes.map(({ input }) => input))].map((input) => {
    const additions = nodes
      .filter((node) => node.input === input)
      .map(({ path, writer }) => ({
        path,
        writer,
        stream: numbersOf(frame, 'stream', path),
        written: numbersOf(frame, 'written', path),
        cosine: numbersOf(frame, 'cosine', path),
      }))
      .toReversed();
    const lengths = additions.flatMap(({ stream, written }) => [...stream, ...written]);
    const places = additions[0]?.stream.length ?? 0;
    return {
      input,
      words: Array.from({ length: places }, (_, i) => tokens[input]?.[i] ?? String(i + 1)),
      additions,
      greatest: Math.max(1e-12, ...lengths),
    };
  });
}

/** The stream that a layer writes into; else the last. */
export function streamAt(streams: readonly Stream[], writer: string): Stream | null {
  const own = streams.find(({ additions }) => additions.some((each) => each.writer === writer));
  return own ?? streams.at(-1) ?? null;
}

/** How long what is added is beside the stream, over all words, and the mean cosine. */
export function shareOf({ stream, written, cosine }: Addition): { share: number; cosine: number } {
  const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
  return {
    share: sum(written) / (sum(stream) || 1),
    cosine: sum(cosine) / Math.max(1, cosine.length),
  };
}

function numbersOf(frame: Frame, name: string, path: string): number[] {
  const array = frame.array(name, path);
  return array ? Array.from(array.values, (_, i) => trueValue(array, i)) : [];
}
