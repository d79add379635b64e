/** The beat of the page: whatever is to be redrawn waits for it, so that all of it is drawn together, ten times a second. */

const FAST = 100;
const CALM = 1000;

export class Beat {
  /** Under reduced motion the page is redrawn once a second. */
  calm = false;
  readonly #waiting = new Map<object, () => void>();
  #last = -CALM;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Do something at the next beat; of several things under one key, the last. */
  next(key: object, work: () => void): void {
    this.#waiting.set(key, work);
    if (this.#timer !== undefined) return;
    const wait = this.#last + (this.calm ? CALM : FAST) - performance.now();
    this.#timer = setTimeout(
      () => {
        requestAnimationFrame(() => {
          this.#strike();
        });
      },
      Math.max(0, wait),
    );
  }

  #strike(): void {
    this.#timer = undefined;
    this.#last = performance.now();
    const works = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const work of works) work();
  }
}
