/** The cursor of this page, and its address: one and the same. Back and forward work. */

import { NOWHERE, parsePlace, placeAddress } from '../graph/cursor';
import type { Fallback, Layout, Place, Scale, Show, Theme } from '../graph/cursor';

/** How often an address is written that changes all the time, as while scrubbing. */
const SETTLE = 300;

/** What a pointer that only hovers would choose; never in the address. */
export type Hover = Partial<Pick<Place, 'example' | 'node' | 'step'>>;

/** Where the page looks: the one selection that all panels share. */
export class Cursor {
  #place = $state.raw<Place>(NOWHERE);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** What the pointer is over, for dotted outlines; panels set and clear it. */
  hover = $state.raw<Hover | null>(null);
  /** What of the address meant nothing. */
  fallbacks = $state.raw<Fallback[]>([]);

  constructor() {
    this.read();
    addEventListener('popstate', () => {
      this.read();
    });
  }

  get run(): string {
    return this.#place.run;
  }
  get step(): number | 'live' {
    return this.#place.step;
  }
  get example(): number | null {
    return this.#place.example;
  }
  get node(): string | null {
    return this.#place.node;
  }
  get lens(): string | null {
    return this.#place.lens;
  }
  get op(): string | null {
    return this.#place.op;
  }
  get show(): Show {
    return this.#place.show;
  }
  get layout(): Layout {
    return this.#place.layout;
  }
  get edit(): boolean {
    return this.#place.edit;
  }
  get scale(): Scale {
    return this.#place.scale;
  }
  get present(): boolean {
    return this.#place.present;
  }
  get theme(): Theme | null {
    return this.#place.theme;
  }

  /** Move. `push` makes an entry in the history; without it the present one is replaced, soon. */
  set(part: Partial<Place>, { push = true }: { push?: boolean } = {}): void {
    const place = { ...this.#place, ...part };
    const before = placeAddress(this.#place);
    this.#place = place;
    if (placeAddress(place) === before) return;
    clearTimeout(this.#timer);
    if (push) history.pushState(null, '', this.url());
    else {
      this.#timer = setTimeout(() => {
        this.#write();
      }, SETTLE);
    }
  }

  /** The address of what is seen, or of what would be seen with a part of it changed. */
  url(part: Partial<Place> = {}): string {
    return placeAddress({ ...this.#place, ...part });
  }

  /** Read the address. */
  read(): void {
    clearTimeout(this.#timer);
    const { place, fallbacks } = parsePlace(location.pathname, location.search);
    this.#place = place;
    this.fallbacks = fallbacks;
  }

  #write(): void {
    history.replaceState(null, '', this.url());
  }
}
