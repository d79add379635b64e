/** What a training loop's lines are about, while it trains: numbers of now, and words of the recipe. */

import type { Recipe } from '../../run/recipe';
import type { Word } from '../../run/words';
import type { Piece } from './marks';

interface Living {
  step: string | null;
  loss: string | null;
  lr: string | null;
}

/** Where each number stands: the loop is always written in the same way. */
const LINES: readonly [keyof Living, RegExp][] = [
  ['step', /^ +for step in range/],
  ['lr', /^ +group\["lr"\] = /],
  ['loss', /^ +error = loss\(/],
];

/** The numbers of now, behind their lines. */
export function livingNotes(
  lines: readonly string[],
  living: Living,
): { line: number; pieces: Piece[] }[] {
  return LINES.flatMap(([name, line]) => {
    const at = lines.findIndex((text) => line.test(text));
    const text = living[name];
    return at < 0 || text === null ? [] : [{ line: at, pieces: [{ text, kind: 'same' as const }] }];
  });
}

/** The word of the recipe that a line follows: its own setting, else what it is a setting of. */
export function wordOf(entries: readonly string[], { slots }: Recipe): Word | null {
  const words = Object.values(slots)
    .flat()
    .filter((token): token is Word => typeof token !== 'string');
  for (const entry of entries) {
    const section = entry.replace(/\.kind$/, '');
    const found = words.find(({ id }) => id === entry || id === section);
    if (found) return found;
  }
  return null;
}
