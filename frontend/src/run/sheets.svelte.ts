/** Which sheet lies over the page, if any; and what several panels need of the data. */

export type SheetName =
  'palette' | 'keys' | 'models' | 'numbers' | 'speed' | 'rates' | 'seeds' | 'exchange' | 'pairs';

/** A cell of the confusion matrix: the true class, and the one that is said. */
export interface Cell {
  truth: number;
  said: number;
}

export class Sheets {
  #open = $state<SheetName | null>(null);
  /** Ids of all examples, in the order of the data. */
  examples = $state.raw<readonly number[]>([]);

  /** The cell whose images are seen among the data; null: none. */
  #cell = $state.raw<Cell | null>(null);

  get cell(): Cell | null {
    return this.#cell;
  }

  showCell(cell: Cell | null): void {
    this.#cell = cell;
  }

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
