/** What stands behind lines, as pieces: what it is, and struck through what it was. */

import type { Note, Turn } from '../../graph/code';
import { say } from '../../messages/say';
import type { Piece } from './marks';

/** Write notes out. */
export function inPieces(notes: readonly Note[]): { line: number; pieces: Piece[] }[] {
  return notes.map(({ line, parameters, shape, broken }) => ({
    line,
    pieces: parameters
      ? written(
          parameters,
          broken,
          say('code.parameters', { count: parameters.now === '1' ? 1 : 2 }),
        )
      : shape
        ? written(shape, broken)
        : [{ text: '!', kind: 'wrong' }],
  }));
}

function written({ now, before }: Turn, broken: boolean, unit = ''): Piece[] {
  const kind = broken ? 'wrong' : before === null ? 'same' : 'now';
  const piece: Piece = { text: now, unit, kind };
  return before === null ? [piece] : [piece, { text: before, kind: 'before' }];
}
