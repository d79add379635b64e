/** Points of a dataset in the plane, and the way between the plane and the screen. */

import type { Frame } from '../wire/frame';

export interface Point {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  /** Index of its class; null where the data have numbers. */
  readonly label: number | null;
  /** The number to be met; null where the data have classes. */
  readonly target: number | null;
  readonly heldOut: boolean;
  readonly wrong: boolean;
}

export type Span = readonly [low: number, high: number];

/** Read the points out of the frames of the probes `data` and `answer`; empty where the examples have no place. */
export function pointsOf(data: Frame | null, answer: Frame | null): Point[] {
  return data?.array('position') ? examplesOf(data, answer) : [];
}

/** Read all examples; those without a place are at the origin. */
export function examplesOf(data: Frame | null, answer: Frame | null): Point[] {
  const ids = data?.array('id')?.values;
  if (!data || !ids) return [];
  const column = (frame: Frame | null, name: string): ((i: number) => number | null) => {
    const values = frame?.array(name)?.values;
    return (i) => values?.[i] ?? null;
  };
  const [label, target, heldOut, place] = [
    column(data, 'label'),
    column(data, 'target'),
    column(data, 'held_out'),
    column(data, 'position'),
  ];
  const wrong = column(
    answer?.array('wrong')?.values.length === ids.length ? answer : null,
    'wrong',
  );
  return Array.from(ids, (id, i) => ({
    id,
    x: place(2 * i) ?? 0,
    y: place(2 * i + 1) ?? 0,
    label: label(i),
    target: target(i),
    heldOut: heldOut(i) === 1,
    wrong: wrong(i) === 1,
  }));
}

/** The plane shown in a square of `size` pixels; x to the right, y upwards. */
export class PlaneScale {
  constructor(
    readonly span: Span,
    readonly size: number,
  ) {}

  x(value: number): number {
    return ((value - this.span[0]) / (this.span[1] - this.span[0])) * this.size;
  }

  y(value: number): number {
    return this.size - this.x(value);
  }

  /** The place in the plane under a pixel, kept inside. */
  at(px: number, py: number): { x: number; y: number } {
    return { x: this.inside(this.value(px)), y: this.inside(this.value(this.size - py)) };
  }

  inside(value: number): number {
    return Math.min(this.span[1], Math.max(this.span[0], value));
  }

  private value(px: number): number {
    return this.span[0] + (px / this.size) * (this.span[1] - this.span[0]);
  }
}

/** The point nearest to a place, no further away than `within` (in units of the plane); null where there is none. */
export function nearest(
  points: readonly Point[],
  x: number,
  y: number,
  within: number,
): Point | null {
  let best: Point | null = null;
  let least = within;
  for (const point of points) {
    const distance = Math.hypot(point.x - x, point.y - y);
    if (distance <= least) [best, least] = [point, distance];
  }
  return best;
}

/** Round values to write on an axis: at most about four, zero left out as the axis itself stands there. */
export function ticks([low, high]: Span): number[] {
  const step = 10 ** Math.floor(Math.log10((high - low) / 2));
  const wide = (high - low) / step > 5 ? 2 * step : step;
  const all: number[] = [];
  for (let value = Math.ceil(low / wide) * wide; value <= high; value += wide) {
    if (Math.abs(value) > step / 10) all.push(Number(value.toPrecision(6)));
  }
  return all;
}
