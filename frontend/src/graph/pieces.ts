/** Byte-pair encoding, told as it happens: which pieces of a word become one, in the order that was learned. */

/** The beginning of a word is a sign of its own. */
export const START = '▁';

/** Pairs of pieces that became one, those learned first in front. */
export type Merges = readonly (readonly [left: string, right: string])[];

/** One state of a word on its way. */
export interface Rung {
  pieces: readonly string[];
  /** The place, from 1, of the merge that led here; 0: its letters. */
  merge: number;
}

/** A word from its letters to its tokens: the merge learned first is done first, at each place that has its pair. */
export function ladderOf(word: string, merges: Merges): Rung[] {
  const ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  let pieces = Array.from(word);
  const ladder: Rung[] = [{ pieces, merge: 0 }];
  for (;;) {
    const pairs = pieces.slice(1).map((right, i) => ranks.get(`${pieces[i] ?? ''} ${right}`));
    const rank = Math.min(...pairs.map((found) => found ?? Infinity));
    const pair = merges[rank];
    if (!pair) return ladder;
    pieces = merged(pieces, pair);
    ladder.push({ pieces, merge: rank + 1 });
  }
}

function merged(pieces: readonly string[], [left, right]: Merges[number]): string[] {
  const out: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] ?? '';
    const isPair = piece === left && pieces[i + 1] === right;
    out.push(isPair ? left + right : piece);
    if (isPair) i++;
  }
  return out;
}

/** Tokens by the word that they are pieces of. */
export function grouped(tokens: readonly string[]): string[][] {
  const words: string[][] = [];
  for (const token of tokens) {
    const last = words.at(-1);
    if (last && !token.startsWith(START)) last.push(token);
    else words.push([token]);
  }
  return words;
}

/** A piece without the sign of its beginning; that sign alone stays. */
export function shownPiece(piece: string): string {
  return piece.startsWith(START) && piece.length > 1 ? piece.slice(1) : piece;
}
