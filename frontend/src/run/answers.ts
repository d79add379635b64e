/** What a network says to every example, read from its probes; and on which examples several networks disagree. */

import type { FrameAnswer } from '../wire/schema';

/** What is said to one example: a class and how sure that is, or a number. */
export interface Said {
  /** Index of the class; null: a number is said. */
  choice: number | null;
  /** From 0 to 1; for numbers 0. */
  share: number;
  value: number;
  /** Probability of every class, where there are any. */
  shares: number[];
}

/** All examples of a run, and what its network says to them. */
export interface Answers {
  step: number;
  ids: number[];
  names: string[];
  /** What each example is: the index of its class, or its target. */
  truths: number[];
  said: Said[];
}

/** An example to which not all networks say the same, and how much that weighs. */
export interface Disagreement {
  index: number;
  weight: number;
}

type Row = number | null | Row[];

/** One array of a frame, as nested lists; null if it is not in it. */
export function dataOf(frame: FrameAnswer, name: string): Row[] | null {
  const data: unknown = frame.arrays.find((array) => array.name === name)?.data;
  return Array.isArray(data) ? (data as Row[]) : null;
}

/** Read answers; null where the task has none that can be laid beside others. */
export function answersOf(answer: FrameAnswer, data: FrameAnswer): Answers | null {
  const ids = numbers(dataOf(data, 'id'));
  const classes = data.details['classes'];
  const names = Array.isArray(classes) ? classes.map(String) : [];
  const truths = numbers(dataOf(data, 'label') ?? flat(dataOf(data, 'target')));
  const said = saidOf(answer, names.length);
  if (said?.length !== ids.length || truths.length !== ids.length) return null;
  return { step: answer.step, ids, names, truths, said };
}

function saidOf(answer: FrameAnswer, classes: number): Said[] | null {
  const probability = dataOf(answer, 'probability');
  if (probability) return probability.map((row) => chosen(numbers(row)));
  const values = dataOf(answer, 'answer');
  if (!values) return null;
  return numbers(flat(values)).map((value) => (classes ? sided(value) : spoken(value)));
}

/** The class with the greatest probability. */
function chosen(shares: number[]): Said {
  const choice = shares.reduce((best, share, k) => (share > (shares[best] ?? 0) ? k : best), 0);
  const share = shares[choice] ?? 0;
  return { choice, share, value: share, shares };
}

/** Two classes are the sign of one answer; how far it is from 0 says how sure it is. */
function sided(value: number): Said {
  return { choice: value > 0 ? 1 : 0, share: Math.min(1, Math.abs(value)), value, shares: [] };
}

function spoken(value: number): Said {
  return { choice: null, share: 0, value, shares: [] };
}

/** Where they disagree: both sure of different classes first; of numbers, those that lie farthest apart. */
export function disagreements(answers: readonly Answers[]): Disagreement[] {
  const [first, ...others] = answers;
  if (!first || !others.length) return [];
  const weighed = first.ids.map((_, index) => ({
    index,
    weight: weightOf(answers.map(({ said }) => said[index])),
  }));
  const found = weighed.filter(({ weight }) => weight !== null) as Disagreement[];
  return found.sort((a, b) => b.weight - a.weight || a.index - b.index);
}

function weightOf(said: readonly (Said | undefined)[]): number | null {
  const present = said.filter((one): one is Said => one !== undefined);
  if (present.length < said.length) return null;
  if (present.every(({ choice }) => choice === null)) {
    const values = present.map(({ value }) => value);
    const apart = Math.max(...values) - Math.min(...values);
    return apart > 0 ? apart : null;
  }
  if (new Set(present.map(({ choice }) => choice)).size === 1) return null;
  return Math.min(...present.map(({ share }) => share));
}

function numbers(row: Row | null | undefined): number[] {
  return Array.isArray(row) ? row.map((value) => (typeof value === 'number' ? value : NaN)) : [];
}

/** Rows of one number each as a list of numbers. */
function flat(rows: Row[] | null): Row[] | null {
  return rows?.map((row) => (Array.isArray(row) ? (row[0] ?? null) : row)) ?? null;
}
