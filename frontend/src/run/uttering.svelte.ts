/** Asking the network for words, over and over while it learns: the newest wish wins, and steps are not too close. */

import { untrack } from 'svelte';

import { Problem } from '../wire/http';
import { generate } from '../wire/rest';
import type { Generated, Wish } from '../wire/schema';
import { sentenceOf } from './complaint';
import type { Tank } from './tank.svelte';

/** What words are wanted for, and how; what is left out is as usual. */
export type Wanted = Partial<Omit<Wish, 'step'>>;

/** While it trains, the same wish is asked at another step so many milliseconds later: as often as `decode` looks, */
const PACE = 500;
/** or later, so that answering takes no greater share of the time than probes may take, */
const SHARE = 0.04;
/** but no later than this. */
const LATEST = 10_000;
/** HTTP's word for a question that is understood and makes no sense. */
const UNANSWERABLE = 422;

interface Question {
  wanted: Wanted;
  run: string;
  /** A past step; null: now. */
  step: number | null;
  /** What makes it another question than one at another step. */
  key: string;
  /** The step that is shown when it is asked. */
  shown: number;
  /** Whether it keeps training waiting. */
  trains: boolean;
}

export class Uttering {
  /** The newest answer; while another one is awaited, the old one. */
  said = $state.raw<Generated | null>(null);
  /** Why there is none to what was asked last, as sentences. */
  complaints = $state.raw<readonly string[]>([]);
  /** The wish that was answered, or refused, as text. */
  #answered = $state('');
  readonly #tank: Tank;
  readonly #trains = $derived.by(() => this.#tank.run.state === 'running');
  #waiting: Question | null = null;
  #busy = false;
  #asked = '';
  #shown = -1;
  /** What is no question: it is not asked again at every step. */
  #refused = '';
  /** When it may be asked at another step. */
  #due = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** Ask for words; null: for none. In an effect, it is asked anew with every step that is shown. */
  ask(wanted: Wanted | null): void {
    const { isLive, shownStep, runId } = this.#tank;
    const step = isLive ? null : shownStep;
    const key = `${runId} ${isLive} ${JSON.stringify(wanted)}`;
    this.#waiting = wanted && {
      wanted,
      run: runId,
      step,
      key,
      shown: shownStep,
      trains: this.#trains,
    };
    untrack(() => {
      if (!wanted) this.#forget();
      else this.#next();
    });
  }

  /** Whether what is told is about this wish. */
  hasAnswered(wanted: Wanted | null): boolean {
    return this.#answered === JSON.stringify(wanted);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#asked = '';
    this.#refused = '';
    this.said = null;
    this.complaints = [];
    this.#answered = '';
  }

  #next(): void {
    clearTimeout(this.#timer);
    if (this.#busy || !this.#waiting) return;
    const { key, shown, trains } = this.#waiting;
    if (key === this.#refused || (key === this.#asked && shown === this.#shown)) return;
    const rest = key === this.#asked && trains ? this.#due - performance.now() : 0;
    if (rest > 0) {
      this.#timer = setTimeout(() => {
        this.#next();
      }, rest);
      return;
    }
    void this.#go(this.#waiting);
  }

  async #go(question: Question): Promise<void> {
    this.#busy = true;
    this.#waiting = null;
    this.#asked = question.key;
    this.#shown = question.shown;
    this.#refused = '';
    const begun = performance.now();
    try {
      const said = await generate(question.run, { ...question.wanted, step: question.step });
      this.#take(question, said, []);
    } catch (problem) {
      if (problem instanceof Problem && problem.status === UNANSWERABLE)
        this.#refused = question.key;
      this.#take(question, this.said, complaintsOf(problem));
    }
    const took = performance.now() - begun;
    this.#due = begun + Math.min(LATEST, Math.max(PACE, took / SHARE));
    this.#busy = false;
    this.#next();
  }

  /** What came back; nothing, where nobody waits for it any more. */
  #take(question: Question, said: Generated | null, complaints: readonly string[]): void {
    if (this.#asked !== question.key) return;
    this.said = said;
    this.complaints = complaints;
    this.#answered = JSON.stringify(question.wanted);
  }
}

function complaintsOf(problem: unknown): string[] {
  const named = problem instanceof Problem ? (problem.details?.errors ?? []) : [];
  return named.length ? named.map(({ detail }) => detail) : [sentenceOf(problem)];
}
