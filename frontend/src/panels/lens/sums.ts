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
