/** What looks at what: the weights of attention with the words at their rows and columns. */

import type { Frame, FrameArray } from '../wire/frame';
import { trueValue } from '../wire/frame';

/** A node that attends, as the probe tells of it. */
export interface Attending {
  path: string;
  kind: string;
  heads: number;
  /** The inputs of the network at whose places its queries and keys stand; empty: unknown. */
  query: string;
  key: string;
  /** Rows and columns of an image whose cells are the keys. */
  grid?: readonly [number, number] | null;
}

/** The weights of one node for one example. */
export interface Alignment {
  node: Attending;
  rows: readonly Row[];
  columns: readonly string[];
  heads: number;
  /** The weights of a head, or the mean of all, row by row. */
  of: (head: number | null) => Float32Array;
}

/** A place that asks: the word that it has heard, and the one that it is to say, if it says any. */
export interface Row {
  heard: string;
  says: string | null;
}

/** All nodes that attend, in order of computation. */
export function attendingIn(frame: Frame | null): Attending[] {
  return (frame?.details['nodes'] ?? []) as Attending[];
}

/**
 * The alignment of one node; null if the frame does not tell it. `speaks`: the input whose next word is said at each
 * of its places; the place behind the last word says nothing and is left out.
 */
export function alignmentOf(
  frame: Frame | null,
  path: string,
  speaks: string | null,
): Alignment | null {
  const node = attendingIn(frame).find((each) => each.path === path);
  const array = frame?.array('weights', path);
  return frame && node && array ? aligned(frame, node, array, speaks) : null;
}

function aligned(
  frame: Frame,
  node: Attending,
  array: FrameArray,
  speaks: string | null,
): Alignment {
  const [heads = 1, places = 0, keys = 0] = array.shape;
  const tokens = (frame.details['tokens'] ?? {}) as Record<string, string[]>;
  const columns = namesOf(tokens[node.key], keys);
  const isSpoken = node.query !== '' && node.query === speaks;
  const rows = rowsOf(namesOf(tokens[node.query], places), isSpoken);
  const size = { heads, places, keys, rows: rows.length, columns: columns.length };
  const known = new Map<number | null, Float32Array>();
  return {
    node,
    rows,
    columns,
    heads,
    of: (head) => {
      const kept = known.get(head) ?? pick(array, head, size);
      known.set(head, kept);
      return kept;
    },
  };
}

function rowsOf(heard: readonly string[], isSpoken: boolean): Row[] {
  if (!isSpoken || heard.length < 2) return heard.map((word) => ({ heard: word, says: null }));
  return heard.slice(0, -1).map((word, i) => ({ heard: word, says: heard[i + 1] ?? null }));
}

/** Names of places: their words as far as there are any, else numbers from 1. */
function namesOf(words: readonly string[] | undefined, places: number): string[] {
  if (words?.length) return words.slice(0, places);
  return Array.from({ length: places }, (_, i) => String(i + 1));
}

interface Size {
  heads: number;
  places: number;
  keys: number;
  rows: number;
  columns: number;
}

function pick(array: FrameArray, head: number | null, size: Size): Float32Array {
  const { heads, places, keys, rows, columns } = size;
  const asked = head === null ? Array.from({ length: heads }, (_, i) => i) : [head];
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const at = Math.floor(i / columns) * keys + (i % columns);
    const sum = asked.reduce((all, each) => all + trueValue(array, each * places * keys + at), 0);
    return sum / asked.length;
  });
}

/** The alignment of words that were said, heads × words × places; `keys`: the words that are looked at, if it is words. */
export function alignmentFor(
  node: Attending,
  weights: readonly (readonly (readonly number[])[])[],
  said: readonly string[],
  keys: readonly string[] | undefined,
): Alignment {
  const columns = namesOf(keys, weights[0]?.[0]?.length ?? 0);
  return {
    node,
    rows: said.map((word, i) => ({ heard: said[i - 1] ?? '<bos>', says: word })),
    columns,
    heads: weights.length,
    of: (head) => {
      const chosen = head === null ? weights : weights.slice(head, head + 1);
      return Float32Array.from({ length: said.length * columns.length }, (_, i) => {
        const [row, column] = [Math.floor(i / columns.length), i % columns.length];
        const sum = chosen.reduce((all, each) => all + (each[row]?.[column] ?? 0), 0);
        return sum / chosen.length;
      });
    },
  };
}

/** The column with the greatest weight of a row, and that weight. */
export function greatest(
  weights: Float32Array,
  row: number,
  columns: number,
): { column: number; weight: number } {
  const own = weights.subarray(row * columns, (row + 1) * columns);
  const weight = Math.max(0, ...own);
  return { column: Math.max(0, own.indexOf(weight)), weight };
}

/** How sharp a picture is: the mean over its rows of the greatest weight. */
export function sharpness(weights: Float32Array, rows: number, columns: number): number {
  if (!rows || !columns) return 0;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += greatest(weights, row, columns).weight;
  return sum / rows;
}

/** The row that is looked at before anybody chooses: the last word, before the end that closes the sentence. */
export function usualRow({ rows }: Pick<Alignment, 'rows'>): number {
  const isEnd = (row: Row | undefined): boolean => (row?.says ?? row?.heard) === '<eos>';
  return Math.max(0, rows.length - (isEnd(rows.at(-1)) ? 2 : 1));
}
