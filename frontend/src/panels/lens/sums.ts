/** The terms of a sum as they are printed: with four decimals, strongest first where there are many. */

import { addend, signed } from '../../graph/number';

export interface Term {
  /** Number of the input, counted from 0. */
  index: number;
  name: string;
  source: string;
  /** Which number of its source. */
  unit: number;
  input: number;
  weight: number;
  product: number;
}

export interface Sum {
  terms: Term[];
  /** Terms that are too many to be told apart. */
  others: { count: number; product: number } | null;
  /** All products together. */
  total: number;
  /** Whether the printed products add up to the printed total, and that and the bias to the printed sum. */
  totalExact: boolean;
  sumExact: boolean;
}

const DECIMALS = 1e4;

/** Arrange the terms of a unit: all if they are few, else the `most` strongest in their order, and the rest in one. */
export function sumOf(terms: readonly Term[], bias: number, sum: number, most: number): Sum {
  const strongest = [...terms]
    .sort((a, b) => Math.abs(b.product) - Math.abs(a.product))
    .slice(0, most)
    .sort((a, b) => a.index - b.index);
  const shown = terms.length <= most + 1 ? [...terms] : strongest;
  const total = terms.reduce((all, { product }) => all + product, 0);
  const rest = total - shown.reduce((all, { product }) => all + product, 0);
  const count = terms.length - shown.length;
  const printed = shown.reduce((all, { product }) => all + whole(product), count ? whole(rest) : 0);
  return {
    terms: shown,
    others: count ? { count, product: rest } : null,
    total,
    totalExact: printed === whole(total),
    sumExact: whole(total) + whole(bias) === whole(sum),
  };
}

/** As many ten-thousandths as are printed. */
function whole(value: number): number {
  return Math.round(value * DECIMALS);
}

/** Factors stand under each other: four decimals, fewer where numbers are great. */
export function aligned(value: number): string {
  return Math.abs(value) < 10 ? addend(value) : signed(value);
}

/** Sums of whole maps, as printed: every printed part, the rest and the bias add up to the printed sum. */
export interface Parts {
  shown: { index: number; part: number }[];
  others: { count: number; part: number } | null;
  total: number;
  bias: number;
  sum: number;
}

/** Arrange the parts of a sum: the `most` strongest in their order, and the rest in one. */
export function partsOf(parts: readonly number[], bias: number, sum: number, most: number): Parts {
  const strongest = parts
    .map((part, index) => ({ part, index }))
    .sort((a, b) => Math.abs(b.part) - Math.abs(a.part))
    .slice(0, parts.length <= most ? parts.length : most - 1)
    .sort((a, b) => a.index - b.index);
  const count = parts.length - strongest.length;
  const rest = sum - bias - strongest.reduce((all, { part }) => all + part, 0);
  const exact = [...strongest.map(({ part }) => part), ...(count ? [rest] : [])];
  const total = whole(sum) - whole(bias);
  const printed = adding(exact, total);
  return {
    shown: strongest.map(({ index }, i) => ({ index, part: printed[i] ?? 0 })),
    others: count ? { count, part: printed.at(-1) ?? 0 } : null,
    total: total / DECIMALS,
    bias: whole(bias) / DECIMALS,
    sum: whole(sum) / DECIMALS,
  };
}

/** Round numbers to four decimals so that they add up to a total, given in ten-thousandths: none moves farther than it must. */
export function adding(values: readonly number[], total: number): number[] {
  const rounded = values.map((value) => Math.floor(value * DECIMALS));
  const order = values
    .map((value, i) => ({ i, rest: value * DECIMALS - (rounded[i] ?? 0) }))
    .sort((a, b) => b.rest - a.rest);
  const missing = total - rounded.reduce((all, value) => all + value, 0);
  const turn = missing < 0 ? order.toReversed() : order;
  for (let k = 0; k < Math.abs(missing) && turn.length; k++) {
    const i = turn[k % turn.length]?.i ?? 0;
    rounded[i] = (rounded[i] ?? 0) + Math.sign(missing);
  }
  return rounded.map((value) => value / DECIMALS);
}
