/** A row of attention that a person takes over, and what the network then says beside what it says by itself. */

import { alignmentFor } from '../../../graph/alignment';
import type { Alignment } from '../../../graph/alignment';
import { dialled, spread } from '../../../graph/hand';
import { partingOf } from '../../../graph/tokens';
import type { Tank } from '../../../run/tank.svelte';
import { Uttering } from '../../../run/uttering.svelte';
import type { Generated } from '../../../wire/schema';
import { wordName } from '../../network/tokens';
import { columnName, rowName } from './naming';

/** Which weights: of a layer, of one head or of all (null). */
export interface Layer {
  path: string;
  head: number | null;
  heads: number;
}

/** Both sentences, and where they part. */
export interface Both {
  plain: readonly string[];
  changed: readonly string[];
  /** The first word that differs; null: none. */
  parting: number | null;
}

export class Hand {
  /** The column that keys are at. */
  column = $state(0);
  readonly #tank: Tank;
  readonly #uttering: Uttering;
  readonly #layer: () => Layer;
  /** Which word's row it is; null: attention is left as it is. */
  #place = $state<number | null>(null);
  /** What that word looks at; null: what it looks at by itself. */
  #row = $state.raw<readonly number[] | null>(null);
  #where = '';
  /** The columns under one stroke of the pointer. */
  #stroke: readonly number[] = [];

  constructor(tank: Tank, layer: () => Layer) {
    this.#tank = tank;
    this.#layer = layer;
    this.#uttering = new Uttering(tank);
  }

  /** Whether a row is taken over. */
  get isOpen(): boolean {
    return this.#place !== null;
  }
  /** Whether the row is another one than the network's own. */
  get isChanged(): boolean {
    return this.#row !== null;
  }
  /** Why nothing is said. */
  get complaint(): string | null {
    return this.#uttering.complaints[0] ?? null;
  }
  /** The words that it says, and what each looks at. */
  readonly alignment = $derived.by((): Alignment | null => {
    const { said } = this.#uttering;
    const looked = said?.attention.find(({ path }) => path === this.#layer().path);
    if (!said || !looked) return null;
    const node = { ...looked, grid: (looked.grid as [number, number] | null) ?? null };
    const weights = looked.weights as number[][][];
    return alignmentFor(node, weights, said.said.words, said.tokens[looked.key]);
  });
  /** The row that is written, among those that are said now. */
  readonly at = $derived(
    Math.max(0, Math.min(this.#place ?? 0, (this.alignment?.rows.length ?? 1) - 1)),
  );
  /** What the word looks at: by hand, or by itself. */
  readonly row = $derived.by((): readonly number[] => {
    const columns = this.alignment?.columns.length ?? 0;
    if (this.#row?.length === columns) return this.#row;
    const own = this.alignment?.of(this.#layer().head) ?? new Float32Array();
    return Array.from(own.subarray(this.at * columns, (this.at + 1) * columns));
  });
  /** All weights as they are drawn: the row by hand stands there before the server has it. */
  readonly weights = $derived.by((): Float32Array => {
    const own = Float32Array.from(this.alignment?.of(this.#layer().head) ?? []);
    if (own.length) own.set(this.row, this.at * this.row.length);
    return own;
  });
  readonly both = $derived.by((): Both | null => {
    const { said } = this.#uttering;
    return said && told(said);
  });
  /** One sentence about it. */
  readonly said = $derived.by(() => {
    if (!this.both || !this.alignment) return null;
    const { plain, changed, parting } = this.both;
    const word = wordName(plain[this.at] ?? changed[this.at] ?? '');
    if (!this.isChanged) return { key: 'lens.hand.begin', values: { word } };
    if (parting === null) return { key: 'lens.hand.same', values: { word } };
    const [now = '–', before = '–'] = [changed[parting], plain[parting]];
    const values = { place: parting + 1, now: wordName(now), before: wordName(before) };
    return { key: 'lens.hand.differs', values: { ...values, first: this.at + 1 } };
  });
  /** What the cell that keys are at holds. */
  readonly cell = $derived.by(() => {
    const { alignment, column } = this;
    if (!alignment) return null;
    const row = alignment.rows[this.at];
    return {
      word: row ? rowName(row) : '',
      other: columnName(alignment, column),
      weight: (this.row[column] ?? 0).toFixed(4),
    };
  });

  /** Ask for what it says; in an effect, anew with every step. */
  ask(): void {
    const { path, head, heads } = this.#layer();
    const example = this.#tank.example;
    if (this.#place === null || example === null) {
      this.#uttering.ask(null);
      return;
    }
    const asked = head === null ? Array.from({ length: heads }, (_, each) => each) : [head];
    const [place, row] = [this.#place, this.#row];
    const overwrite =
      row && asked.map((each) => ({ node: path, head: each, place, weights: [...row] }));
    this.#uttering.ask({ example, attention: [path], overwrite: overwrite ?? [] });
  }

  /** Take a row over; it is as it was at first. */
  take(place: number): void {
    this.#place = place;
    this.restore();
  }

  /** Take another row over, and give this one back. */
  turn(place: number): void {
    if (place !== this.at) this.take(place);
  }

  /** What it is a row of; of something else it is given back. */
  standAt(where: string): void {
    if (where !== this.#where) this.restore();
    this.#where = where;
  }

  /** Leave attention as it is. */
  leave(): void {
    this.#place = null;
    this.restore();
  }

  /** Give the row back. */
  restore(): void {
    this.#row = null;
  }

  /** Look at one column alone, or as much at one more. */
  paint(column: number, begins: boolean): void {
    this.column = column;
    this.#stroke = begins ? [column] : [...this.#stroke, column];
    this.#write(spread(this.row.length, this.#stroke));
  }

  /** Give the column that keys are at a share. */
  dial(share: number): void {
    this.#write(dialled(this.row, this.column, share));
  }

  /** Go so many columns on. */
  go(by: number): void {
    const to = this.column + by;
    if (to >= 0 && to < this.row.length) this.column = to;
  }

  #write(row: readonly number[]): void {
    this.#place = this.at;
    this.#row = row;
  }
}

function told({ said, unchanged }: Generated): Both {
  const plain = (unchanged ?? said).words;
  const parting = partingOf(said.words, plain);
  return { plain, changed: said.words, parting: parting < 0 ? null : parting };
}
