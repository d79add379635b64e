/** What the page has to say in one line: what happened, where, what to press. The newest stands until it is old. */

import type { Slot } from '../messages/say';

/** Something to press. */
export interface Action {
  key: string;
  values?: Record<string, Slot>;
  run: () => void;
}

export interface Notice {
  /** Key of the sentence. */
  key: string;
  values: Record<string, Slot>;
  kind: 'plain' | 'trouble';
  actions: Action[];
}

const STAYS = 10_000;

export class Notices {
  #current = $state.raw<Notice | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  get current(): Notice | null {
    return this.#current;
  }

  /** Say something; it goes by itself after `stays` milliseconds (0: it stays). */
  say(
    key: string,
    values: Record<string, Slot> = {},
    more: Partial<Notice> & { stays?: number } = {},
  ): void {
    clearTimeout(this.#timer);
    this.#current = { key, values, kind: more.kind ?? 'plain', actions: more.actions ?? [] };
    const stays = more.stays ?? STAYS;
    if (stays) this.#timer = setTimeout(() => (this.#current = null), stays);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#current = null;
  }
}
