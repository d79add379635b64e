/** A curve as columns of pixels: least and greatest value of each, kept up as points arrive, so no spike is lost. */

import type { Curve } from './series';

export class Columns {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** The newest smoothed value of each column; NaN where there is none. */
  readonly smooth: Float64Array;
  /** How many columns have anything in them. */
  filled = 0;
  readonly #curve: Curve;
  readonly #last: number;
  #read = 0;
  #edition: number;

  /** `last` is the step at the right end of `width` columns. */
  constructor(curve: Curve, width: number, last: number) {
    this.#curve = curve;
    this.#last = Math.max(1, last);
    this.#edition = curve.edition;
    this.low = new Float64Array(width).fill(NaN);
    this.high = new Float64Array(width).fill(NaN);
    this.smooth = new Float64Array(width).fill(NaN);
  }

  /** Whether these are the columns of that curve at that size. */
  fits(curve: Curve, width: number, last: number): boolean {
    return curve === this.#curve && width === this.low.length && Math.max(1, last) === this.#last;
  }

  /** Take in the points that came since. */
  update(): this {
    const curve = this.#curve;
    if (curve.edition !== this.#edition) this.#restart();
    for (; this.#read < curve.length; this.#read++) {
      const x = this.#column(curve.steps[this.#read] ?? 0);
      this.low[x] = least(this.low[x], curve.lows[this.#read]);
      this.high[x] = greatest(this.high[x], curve.highs[this.#read]);
      this.smooth[x] = curve.smooth[this.#read] ?? NaN;
      this.filled = Math.max(this.filled, x + 1);
    }
    return this;
  }

  #column(step: number): number {
    const width = this.low.length;
    return Math.min(width - 1, Math.max(0, Math.round((step / this.#last) * (width - 1))));
  }

  #restart(): void {
    this.#edition = this.#curve.edition;
    this.#read = 0;
    this.filled = 0;
    for (const column of [this.low, this.high, this.smooth]) column.fill(NaN);
  }
}

function least(a = NaN, b = NaN): number {
  return Number.isNaN(a) ? b : Math.min(a, b);
}

function greatest(a = NaN, b = NaN): number {
  return Number.isNaN(a) ? b : Math.max(a, b);
}
