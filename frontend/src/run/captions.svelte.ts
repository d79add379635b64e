/** The sentences that panels say about their pictures. A presenter shows the one that leads as the caption. */

import { untrack } from 'svelte';

export type Speaker = 'lens' | 'answer' | 'network' | 'data';

const ORDER: readonly Speaker[] = ['lens', 'network', 'answer', 'data'];

export class Captions {
  #said = $state.raw<Partial<Record<Speaker, string>>>({});

  /** Say a sentence, or nothing any more. */
  set(speaker: Speaker, sentence: string | null): void {
    // Panels speak from effects; they do not wish to hear each other.
    const said = untrack(() => this.#said);
    if ((said[speaker] ?? null) === sentence) return;
    const rest = Object.fromEntries(Object.entries(said).filter(([name]) => name !== speaker));
    this.#said = sentence === null ? rest : { ...rest, [speaker]: sentence };
  }

  /** The sentence that leads. */
  get current(): string | null {
    const speaker = ORDER.find((name) => this.#said[name]);
    return speaker ? (this.#said[speaker] ?? null) : null;
  }
}
