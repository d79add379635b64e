/** Sentences out of numbers: what tokens are called, where a sentence ends, which examples are told in words. */

import type { Frame, FrameArray } from '../wire/frame';
import { START } from './pieces';
import type { Merges } from './pieces';

/** The words of one input: a token is a place in them. */
export interface Vocabulary {
  words: readonly string[];
  /** Whether a space stands between two words; characters have none. */
  spaced: boolean;
  /** Where tokens are pieces of words: which pairs of pieces became one. */
  merges?: Merges | null;
}

/** The same first tokens in every vocabulary. */
export const PAD = 0;
export const BEGIN = 1;
export const END = 2;
export const UNKNOWN = 3;

/** What an example says on one of the network's inputs. */
export interface Line {
  input: string;
  text: string;
  /** Words without begin, end and padding. */
  words: readonly string[];
}

/** An example whose inputs are words. */
export interface Saying {
  id: number;
  lines: readonly Line[];
}

/** The vocabulary of every input that has one; none: the data are no words. */
export function vocabulariesOf(frame: Frame | null): ReadonlyMap<string, Vocabulary> {
  const told = frame?.details['vocabularies'];
  if (typeof told !== 'object' || told === null) return new Map();
  return new Map(Object.entries(told as Record<string, Vocabulary>));
}

/** Words of a row of tokens, the end and what is beyond it left out. */
export function wordsOf(tokens: ArrayLike<number>, { words }: Vocabulary): string[] {
  const all = Array.from(tokens);
  const end = all.findIndex((token) => token === END || token === PAD);
  return all
    .slice(0, end < 0 ? all.length : end)
    .filter((token) => token !== BEGIN)
    .map((token) => words[token] ?? '');
}

/** Words as one writes them. */
export function joined(words: readonly string[], { spaced, merges }: Vocabulary): string {
  const text = words.join(spaced ? ' ' : '');
  return merges ? text.replaceAll(START, ' ').trim() : text;
}

/** What one row of an array says. */
export function lineOf(
  array: FrameArray | undefined,
  row: number,
  input: string,
  vocabulary: Vocabulary,
): Line {
  const length = array?.shape.at(-1) ?? 0;
  const tokens = array?.values.subarray(row * length, (row + 1) * length) ?? [];
  const words = wordsOf(tokens, vocabulary);
  return { input, words, text: joined(words, vocabulary) };
}

/** The examples of a `data` frame that come with their words, in its order. */
export function sayingsOf(frame: Frame | null): Saying[] {
  const vocabularies = vocabulariesOf(frame);
  if (!frame || !vocabularies.size) return [];
  const first = Number(frame.details['first'] ?? 0);
  const inputs = [...vocabularies].flatMap(([input, vocabulary]) => {
    const array = frame.array('input', input);
    return array ? [{ input, vocabulary, array }] : [];
  });
  const count = Math.max(0, ...inputs.map(({ array }) => array.shape[0] ?? 0));
  const ids = Array.from(frame.array('id')?.values ?? []).slice(first, first + count);
  return ids.map((id, row) => ({
    id,
    lines: inputs.map(({ input, vocabulary, array }) => lineOf(array, row, input, vocabulary)),
  }));
}

/** Where two rows of words part; -1: nowhere. */
export function partingOf(said: readonly string[], truth: readonly string[]): number {
  const length = Math.max(said.length, truth.length);
  for (let i = 0; i < length; i++) if (said[i] !== truth[i]) return i;
  return -1;
}
