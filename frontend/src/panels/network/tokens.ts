/** How words of a vocabulary are written where they stand alone. */

import { say } from '../../messages/say';

const OWN: Record<string, string> = {
  '<bos>': 'tokens.begin',
  '<eos>': 'tokens.end',
  '<pad>': 'tokens.pad',
  '<unk>': 'tokens.unknown',
  ' ': 'tokens.space',
};

/** A word as people read it: what only marks a place is named. */
export function wordName(word: string): string {
  const key = OWN[word];
  return key === undefined ? word : say(key);
}

/** Whether it only marks a place. */
export function isMarker(word: string): boolean {
  return word in OWN;
}
