/** Products as they are printed: whether they hold in the digits that one sees. */

import { four, readNumber } from './number';

/** Half a unit of the last of four digits. */
const LAST_DIGIT = 5.1e-5;

/** What stands between a product and its result: `=` where it holds in the digits printed, else `≈`. */
export function relation(factors: readonly number[], result: number): '=' | '≈' {
  const product = factors.reduce((so, factor) => so * printed(factor), 1);
  const shown = printed(result);
  if (four(product) === four(result)) return '=';
  return Math.abs(product - shown) <= Math.abs(shown) * LAST_DIGIT ? '=' : '≈';
}

/** The same for a difference or sum of numbers. */
export function sumRelation(terms: readonly number[], result: number): '=' | '≈' {
  const sum = terms.reduce((so, term) => so + printed(term), 0);
  return four(sum) === four(result) ? '=' : '≈';
}

/** A factor behind a sign: negative ones, and powers of ten, in brackets. */
export function bracketed(x: number): string {
  const text = four(x);
  return x < 0 || text.includes('·') ? `(${text})` : text;
}

function printed(x: number): number {
  return readNumber(four(x)) ?? x;
}
