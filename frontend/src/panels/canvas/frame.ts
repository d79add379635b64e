/** What a frame has time for, shared by all who do a little in each: together they would take too long. */

/** When the frame began in which somebody has worked last. */
let last = 0;

/** Whose turn it is may be put off by one frame, and no more. */
export class Place {
  #hasWaited = false;

  /** Take the frame that began at `now`; false: somebody else works in it, the next one is free. */
  take(now: number): boolean {
    if (now === last && !this.#hasWaited) {
      this.#hasWaited = true;
      return false;
    }
    this.#hasWaited = false;
    last = now;
    return true;
  }
}
