/** Which sheet lies over the page, if any; and what several panels need of the data. */

export type SheetName = 'palette' | 'keys' | 'models' | 'speed' | 'rates' | 'seeds';

export class Sheets {
  #open = $state<SheetName | null>(null);
  /** Ids of all examples, in the order of the data. */
  examples = $state.raw<readonly number[]>([]);

  is(name: SheetName): boolean {
    return this.#open === name;
  }

  open(name: SheetName): void {
    this.#open = name;
  }

  close(): void {
    this.#open = null;
  }

  toggle(name: SheetName): void {
    this.#open = this.#open === name ? null : name;
  }
}
