/** Work that may wait: a little of it in each frame, so that what is drawn at once stays quick. */

import { Place } from './frame';

/** Milliseconds of a frame that it may take. */
const SHARE = 6;

export class Turns {
  readonly #waiting = new Set<() => void>();
  #frame = 0;
  readonly #place = new Place();

  /** Do something in one of the next frames; the answer takes it back. */
  add(work: () => void): () => void {
    this.#waiting.add(work);
    if (!this.#frame) this.#frame = requestAnimationFrame(this.#turn);
    return () => {
      this.#waiting.delete(work);
    };
  }

  readonly #turn = (now: number): void => {
    if (!this.#place.take(now)) {
      this.#frame = requestAnimationFrame(this.#turn);
      return;
    }
    const begun = performance.now();
    for (const work of this.#waiting) {
      this.#waiting.delete(work);
      work();
      if (performance.now() - begun > SHARE) break;
    }
    this.#frame = this.#waiting.size ? requestAnimationFrame(this.#turn) : 0;
  };
}
