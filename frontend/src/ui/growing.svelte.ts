/** A long list that comes a few things at a time, each few in a frame of their own, so that it holds nothing up. */
export class Growing {
  #drawn = $state(0);
  readonly #few: number;
  readonly #length: () => number;

  /** `few`: what a frame has time for. To be made where a component begins. */
  constructor(few: number, length: () => number) {
    this.#few = this.#drawn = few;
    this.#length = length;
    $effect(() => this.#grow());
  }

  /** Whether all of it is there. */
  get isWhole(): boolean {
    return this.#drawn >= this.#length();
  }

  /** As much of the list as is there. */
  of<T>(all: readonly T[]): readonly T[] {
    return this.isWhole ? all : all.slice(0, this.#drawn);
  }

  #grow(): (() => void) | undefined {
    const length = this.#length();
    // What has gone as a whole comes as slowly again.
    if (!length) this.#drawn = this.#few;
    if (this.#drawn >= length) return undefined;
    const to = this.#drawn + this.#few;
    const frame = requestAnimationFrame(() => {
      this.#drawn = to;
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }
}
