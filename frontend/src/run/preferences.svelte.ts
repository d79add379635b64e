/** What a person has chosen for this browser. Kept here alone, never in an address. */

import type { Theme } from '../graph/cursor';

const KEY = 'neurarium.preferences';

interface Kept {
  theme: Theme | null;
  keys: boolean;
  signs: boolean;
  guide: boolean;
  last: string | null;
}

const DEFAULTS: Kept = { theme: null, keys: true, signs: false, guide: true, last: null };

export class Preferences {
  #kept = $state.raw<Kept>(load());
  /** What the system asks for. */
  #systemTheme = $state<Theme>('light');
  #reduced = $state(false);
  #forced = $state(false);

  constructor() {
    follow('(prefers-color-scheme: dark)', (dark) => (this.#systemTheme = dark ? 'dark' : 'light'));
    follow('(prefers-reduced-motion: reduce)', (reduced) => (this.#reduced = reduced));
    follow('(forced-colors: active)', (forced) => (this.#forced = forced));
  }

  get theme(): Theme {
    return this.#kept.theme ?? this.#systemTheme;
  }
  /** Whether single letters are keys. */
  get keys(): boolean {
    return this.#kept.keys;
  }
  /** Whether negative cells are hatched, so that grey print keeps their sign. */
  get signs(): boolean {
    return this.#kept.signs || this.#forced;
  }
  get guide(): boolean {
    return this.#kept.guide;
  }
  /** The run that was looked at last. */
  get last(): string | null {
    return this.#kept.last;
  }
  get reducedMotion(): boolean {
    return this.#reduced;
  }

  set(part: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...part };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#kept));
    } catch {
      // A browser that keeps nothing forgets; all else works.
    }
  }
}

function load(): Kept {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>) };
  } catch {
    return DEFAULTS;
  }
}

function follow(query: string, set: (matches: boolean) => void): void {
  const media = matchMedia(query);
  set(media.matches);
  media.addEventListener('change', (event) => {
    set(event.matches);
  });
}
