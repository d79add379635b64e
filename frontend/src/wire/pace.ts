/** Keeps what is sent below the rate at which the server closes a socket. */

/** Lets `perSecond` messages pass, `burst` at once; the rest waits, in order. */
export class Pace {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #level: number;
  #since: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(perSecond: number, burst: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#level = burst;
    this.#now = now;
    this.#since = now();
  }

  /** Do something now, or as soon as its turn comes. */
  run(work: () => void): void {
    this.#waiting.push(work);
    this.#drain();
  }

  /** Forget what waits. */
  clear(): void {
    this.#waiting.length = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #drain(): void {
    this.#refill();
    while (this.#waiting.length && this.#level >= 1) {
      this.#level -= 1;
      this.#waiting.shift()?.();
    }
    if (!this.#waiting.length || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#drain();
      },
      ((1 - this.#level) / this.#perSecond) * 1000,
    );
  }

  #refill(): void {
    const now = this.#now();
    this.#level = Math.min(
      this.#burst,
      this.#level + ((now - this.#since) / 1000) * this.#perSecond,
    );
    this.#since = now;
  }
}
