/** Curves of a run, as points arrive: every one exact up to a bound, then the older ones as buckets. */

import type { Curve as CurveAnswer, Series } from '../wire/schema';

/** Points that a curve keeps; beyond it, of its older half two become one bucket. */
const MOST = 131_072;

/** One point: the mean of `count` steps that end with `step`; exact if that is one. */
export interface Point {
  step: number;
  count: number;
  value: number;
  low: number;
  high: number;
}

type Part = Series | CurveAnswer;

/** A smoothed loss below this, where only zeros come, is written as zero. */
const FADED = 1e-6;

/** One curve of one replica. */
export class Curve {
  readonly steps: number[] = [];
  readonly counts: number[] = [];
  readonly values: number[] = [];
  readonly lows: number[] = [];
  readonly highs: number[] = [];
  /** The values themselves, smoothed; a logarithm belongs to the axis alone. */
  readonly smooth: number[] = [];
  /** Counts how often points that were there have changed. */
  edition = 0;
  #span: number;

  constructor(span: number) {
    this.#span = span;
  }

  get length(): number {
    return this.steps.length;
  }

  get last(): number {
    return this.steps.at(-1) ?? -1;
  }

  /** Add a point; what the curve already has is not added again. */
  add(step: number, count: number, value: number, low: number, high: number): void {
    if (step <= this.last) return;
    this.steps.push(step);
    this.counts.push(count);
    this.values.push(value);
    this.lows.push(low);
    this.highs.push(high);
    this.smooth.push(this.#smoothed(value, count));
    if (this.length > MOST) this.#halve();
  }

  /** The newest point at or before a step. */
  at(step: number): Point | null {
    const i = this.indexAt(step);
    return i < 0 ? null : this.#point(i);
  }

  /** The smoothed value at or before a step. */
  smoothAt(step: number): number | null {
    return this.smooth[this.indexAt(step)] ?? null;
  }

  /** Index of the newest point at or before a step, -1 if there is none. */
  indexAt(step: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.steps[middle] ?? 0) <= step) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** A copy of all points. */
  copy(): Curve {
    const copy = new Curve(this.#span);
    const columns = this.#columns();
    copy.#columns().forEach((column, i) => column.push(...(columns[i] ?? [])));
    return copy;
  }

  /** Forget what came after a step. */
  truncate(step: number): void {
    const length = this.indexAt(step) + 1;
    if (length === this.length) return;
    for (const column of this.#columns()) column.length = length;
    this.edition++;
  }

  /** Smooth over another number of steps. */
  resmooth(span: number): void {
    if (span === this.#span) return;
    this.#span = span;
    this.smooth.length = 0;
    this.values.forEach((value, i) => this.smooth.push(this.#smoothed(value, this.counts[i] ?? 1)));
    this.edition++;
  }

  /** Exponential mean; it begins with the first value, and steps over what is not finite. */
  #smoothed(value: number, count: number): number {
    const before = this.smooth.at(-1);
    if (before === undefined || !Number.isFinite(before)) return value;
    if (!Number.isFinite(value)) return before;
    const kept = (1 - 1 / this.#span) ** count;
    const mean = before * kept + value * (1 - kept);
    // Where nothing but zeros follows, a mean that only fades is no news.
    return value === 0 && Math.abs(mean) < FADED ? 0 : mean;
  }

  #point(i: number): Point {
    return {
      step: this.steps[i] ?? 0,
      count: this.counts[i] ?? 1,
      value: this.values[i] ?? NaN,
      low: this.lows[i] ?? NaN,
      high: this.highs[i] ?? NaN,
    };
  }

  #columns(): number[][] {
    return [this.steps, this.counts, this.values, this.lows, this.highs, this.smooth];
  }

  #halve(): void {
    const half = (this.length >> 2) << 1;
    const merged: Point[] = [];
    const smooth: number[] = [];
    for (let i = 0; i < half; i += 2) {
      merged.push(merge(this.#point(i), this.#point(i + 1)));
      smooth.push(this.smooth[i + 1] ?? NaN);
    }
    this.steps.splice(0, half, ...merged.map((point) => point.step));
    this.counts.splice(0, half, ...merged.map((point) => point.count));
    this.values.splice(0, half, ...merged.map((point) => point.value));
    this.lows.splice(0, half, ...merged.map((point) => point.low));
    this.highs.splice(0, half, ...merged.map((point) => point.high));
    this.smooth.splice(0, half, ...smooth);
    this.edition++;
  }
}

function merge(a: Point, b: Point): Point {
  const count = a.count + b.count;
  return {
    step: b.step,
    count,
    value: (a.value * a.count + b.value * b.count) / count,
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
  };
}

/** All curves of one run. */
export class SeriesStore {
  readonly curves = new Map<string, Curve>();
  #span = 10;

  /** Take in points, live ones or history. */
  add(parts: readonly Part[]): void {
    for (const part of parts) this.#addPart(part);
  }

  /** Find a curve; of several replicas, number `replica`. */
  curve(name: string, replica = 0): Curve | undefined {
    return this.curves.get(replica ? `${name}#${replica}` : name);
  }

  /** The newest point of a curve at or before a step. */
  at(name: string, step: number): Point | null {
    return this.curve(name)?.at(step) ?? null;
  }

  /** Names of all curves, replicas apart. */
  names(): string[] {
    return [...this.curves.keys()].filter((name) => !name.includes('#'));
  }

  /** The newest step of any curve. */
  get last(): number {
    return Math.max(-1, ...[...this.curves.values()].map((curve) => curve.last));
  }

  truncate(step: number): void {
    for (const curve of this.curves.values()) curve.truncate(step);
  }

  clear(): void {
    this.curves.clear();
  }

  /** A copy that no longer changes. */
  copy(): SeriesStore {
    const copy = new SeriesStore();
    copy.#span = this.#span;
    for (const [name, curve] of this.curves) copy.curves.set(name, curve.copy());
    return copy;
  }

  /** Smooth over a share of the whole run, so that short runs stay sharp and long ones readable. */
  smoothFor(steps: number): void {
    this.#span = Math.min(1000, Math.max(10, Math.round(steps / 60)));
    for (const curve of this.curves.values()) curve.resmooth(this.#span);
  }

  #addPart(part: Part): void {
    const replicas = part.values[0]?.length ?? 0;
    for (let replica = 0; replica < replicas; replica++) {
      const name = replica ? `${part.name}#${replica}` : part.name;
      let curve = this.curves.get(name);
      if (!curve) this.curves.set(name, (curve = new Curve(this.#span)));
      part.steps.forEach((step, i) => {
        const value = part.values[i]?.[replica] ?? NaN;
        const low = part.low?.[i]?.[replica] ?? value;
        const high = part.high?.[i]?.[replica] ?? value;
        curve.add(step, part.counts[i] ?? 1, value, low, high);
      });
    }
  }
}
