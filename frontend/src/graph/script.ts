/** Lines of algebra as they are printed: single letters are mathematics, names of functions are words. */

export interface Piece {
  text: string;
  maths: boolean;
}

/** Take a line apart: `tanh(z₁)` is a word, a bracket, and a letter with what stands below it. */
export function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  for (const text of line.match(/\p{L}+|[^\p{L}]+/gu) ?? []) {
    found.push({ text, maths: /^\p{L}$/u.test(text) });
  }
  return found;
}

/** A symbol in one line of plain text. */
export const plainSymbol = ({ base, sub }: { base: string; sub: string }): string => base + sub;
