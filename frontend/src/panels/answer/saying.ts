/** What a network says for the pinned example, word after word, out of a frame of the probe `decode`. */

import { probability } from '../../graph/number';
import { partingOf } from '../../graph/tokens';
import { say } from '../../messages/say';
import type { Frame } from '../../wire/frame';
import { trueValue } from '../../wire/frame';
import type { Generated } from '../../wire/schema';
import { wordName } from '../network/tokens';

/** A word that could have been said. */
export interface Rival {
  word: string;
  share: number;
  /** Whether it is the word that should stand there. */
  isRight: boolean;
}

/** A word that was said. */
export interface Said {
  word: string;
  probability: number;
  isRight: boolean;
  rivals: readonly Rival[];
}

export interface Saying {
  /** Its own words, each after its own words before. */
  own: readonly Said[];
  /** What it says at each place where it is told the right words so far. */
  told: readonly Said[];
  /** What is right; null: nobody knows. */
  truth: readonly string[] | null;
  /** Where its own words and the right ones part first; null: nowhere. */
  parting: number | null;
  /** Logarithm of the probability of all its words. */
  score: number;
  /** Whether it came to an end by itself. */
  ended: boolean;
}

interface Told {
  words?: string[];
  likely?: string[][];
  score?: number;
  ended?: boolean;
}

/** Read a frame; null if it tells no words. */
export function sayingOf(frame: Frame | null): Saying | null {
  const own = frame?.details['own'] as Told | undefined;
  if (!frame || !own?.words) return null;
  const truth = (frame.details['truth'] as Told | undefined)?.words ?? [];
  const parting = frame.details['difference'];
  return {
    own: listed(frame, '', own, truth),
    told: listed(frame, 'told_', frame.details['told'] as Told, truth),
    truth,
    parting: typeof parting === 'number' ? parting : null,
    score: own.score ?? -Infinity,
    ended: own.ended ?? true,
  };
}

/** What was said for a sentence of one's own. */
export function sayingFor({ said, truth }: Pick<Generated, 'said' | 'truth'>): Saying {
  const isRight = (word: string, place: number): boolean => truth !== null && word === truth[place];
  const parting = truth ? partingOf(said.words, truth) : -1;
  return {
    own: said.words.map((word, place) => ({
      word,
      probability: said.probability[place] ?? NaN,
      isRight: truth === null || isRight(word, place),
      rivals: (said.likely[place] ?? []).map((rival, i) => ({
        word: rival,
        share: said.shares[place]?.[i] ?? NaN,
        isRight: isRight(rival, place),
      })),
    })),
    told: [],
    truth,
    parting: parting < 0 ? null : parting,
    score: said.score ?? -Infinity,
    ended: said.ended,
  };
}

function listed(frame: Frame, prefix: string, told: Told, truth: readonly string[]): Said[] {
  const chance = frame.array(`${prefix}probability`);
  const shares = frame.array(`${prefix}share`);
  const width = shares?.shape[1] ?? 0;
  return (told.words ?? []).map((word, place) => ({
    word,
    probability: chance ? trueValue(chance, place) : NaN,
    isRight: word === truth[place],
    rivals: (told.likely?.[place] ?? []).map((rival, i) => ({
      word: rival,
      share: shares ? trueValue(shares, place * width + i) : NaN,
      isRight: rival === truth[place],
    })),
  }));
}

/** The word that is looked at before anybody chooses: the first wrong one, or else the last before the end. */
export function usualWord({ own, parting }: Pick<Saying, 'own' | 'parting'>): number {
  const last = own.length - (own.at(-1)?.word === '<eos>' ? 2 : 1);
  return Math.max(0, Math.min(parting ?? last, own.length - 1));
}

/** Where its own words part from the right ones, as a sentence; how likely all of them are where nobody knows better. */
export function verdictOf({ own, truth, parting, score, ended }: Saying): string {
  if (truth === null) {
    const share = probability(Math.exp(score));
    return say(ended ? 'answer.saying.unjudged' : 'answer.saying.endless', { share });
  }
  if (parting === null) return say('answer.saying.right');
  return say('answer.saying.differs', {
    place: parting + 1,
    said: wordName(own[parting]?.word ?? say('answer.saying.nothing')),
    truth: wordName(truth[parting] ?? say('answer.saying.nothing')),
  });
}

/** Shares of right answers among examples of about one length. */
export interface Bucket {
  first: number;
  last: number;
  count: number;
  whole: number;
  words: number | null;
}

/** Read a frame of the probe `lengths`. */
export function bucketsOf(frame: Frame | null): Bucket[] {
  if (!frame) return [];
  const width = Number(frame.details['width']);
  const counts = numbersOf(frame, 'count');
  const whole = numbersOf(frame, 'accuracy');
  const words = numbersOf(frame, 'token_accuracy');
  return numbersOf(frame, 'first').map((first, i) => ({
    first,
    last: first + width - 1,
    count: counts[i] ?? 0,
    whole: whole[i] ?? NaN,
    words: words[i] ?? null,
  }));
}

function numbersOf(frame: Frame, name: string): number[] {
  const array = frame.array(name);
  return array ? Array.from(array.values, (_, i) => trueValue(array, i)) : [];
}
