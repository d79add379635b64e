/** Asking the server about a network that changes quickly: the newest one only, and not too often. */

import type { Graph } from '../wire/schema';
import { sentenceOf } from './complaint';

/** Questions are at least so many milliseconds apart. */
const PACE = 50;

/** What is known, and of which network. */
export interface Answer<A> {
  graph: Graph;
  value: A;
}

export class Newest<A> {
  answer = $state.raw<Answer<A> | null>(null);
  /** Why there is no answer, as a sentence. */
  complaint = $state<string | null>(null);
  readonly #question: (graph: Graph) => Promise<A>;
  readonly #then: (answer: Answer<A>) => void;
  #wanted: Graph | null = null;
  #busy = false;

  constructor(
    question: (graph: Graph) => Promise<A>,
    then: (answer: Answer<A>) => void = () => undefined,
  ) {
    this.#question = question;
    this.#then = then;
  }

  /** Ask about a network; null: about none. */
  want(graph: Graph | null): void {
    this.#wanted = graph;
    if (graph === null) this.complaint = null;
    if (!this.#busy) void this.#go();
  }

  /** Forget what was answered. */
  forget(): void {
    this.answer = null;
    this.want(null);
  }

  async #go(): Promise<void> {
    this.#busy = true;
    while (this.#wanted && this.answer?.graph !== this.#wanted) {
      const graph = this.#wanted;
      const begun = performance.now();
      const isAnswered = await this.#asked(graph);
      if (!isAnswered && graph === this.#wanted) break;
      const rest = PACE - (performance.now() - begun);
      if (graph !== this.#wanted && rest > 0) await later(rest);
    }
    this.#busy = false;
  }

  async #asked(graph: Graph): Promise<boolean> {
    try {
      const value = await this.#question(graph);
      this.answer = { graph, value };
      this.complaint = null;
      this.#then(this.answer);
      return true;
    } catch (problem) {
      this.complaint = sentenceOf(problem);
      return false;
    }
  }
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
