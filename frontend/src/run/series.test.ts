import { describe, expect, it } from 'vitest';

import { Columns } from './columns';
import { Curve, SeriesStore } from './series';

function exact(
  name: string,
  from: number,
  values: number[],
): Parameters<SeriesStore['add']>[0][number] {
  const steps = values.map((_, i) => from + i);
  return {
    name,
    steps,
    counts: steps.map(() => 1),
    values: values.map((x) => [x]),
    low: null,
    high: null,
  };
}

function curveOf(values: number[], span = 10): Curve {
  const curve = new Curve(span);
  values.forEach((value, i) => {
    curve.add(i + 1, 1, value, value, value);
  });
  return curve;
}

describe('curves', () => {
  it('keep every point, and none twice', () => {
    const store = new SeriesStore();
    store.add([exact('loss', 1, [3, 2, 1])]);
    store.add([exact('loss', 2, [9, 9, 0.5])]);
    expect(store.curve('loss')?.values).toEqual([3, 2, 1, 0.5]);
    expect(store.last).toBe(4);
  });

  it('answer with the newest point at or before a step', () => {
    const store = new SeriesStore();
    store.add([exact('loss', 10, [3, 2, 1])]);
    expect(store.at('loss', 9)).toBeNull();
    expect(store.at('loss', 11)?.value).toBe(2);
    expect(store.at('loss', 999)?.step).toBe(12);
    expect(store.at('accuracy', 11)).toBeNull();
  });

  it('keep replicas apart', () => {
    const store = new SeriesStore();
    store.add([{ name: 'loss', steps: [1], counts: [1], values: [[1, 5]], low: null, high: null }]);
    expect(store.curve('loss', 1)?.values).toEqual([5]);
    expect(store.names()).toEqual(['loss']);
  });

  it('forget what came after a step, and go on from there', () => {
    const curve = curveOf([4, 3, 2, 1]);
    const smooth = curve.smoothAt(2);
    curve.truncate(2);
    expect(curve.values).toEqual([4, 3]);
    expect(curve.smoothAt(9)).toBe(smooth);
    curve.add(3, 1, 7, 7, 7);
    expect(curve.last).toBe(3);
  });

  it('smooth the values, not their logarithms', () => {
    const curve = curveOf([1, 1, 1, 0, 1], 2);
    expect(curve.smoothAt(3)).toBe(1);
    expect(curve.smoothAt(4)).toBe(0.5);
    expect(curve.smoothAt(5)).toBe(0.75);
  });

  it('smooth a bucket of n steps as n steps', () => {
    const singly = curveOf([8, 0, 0, 0], 4);
    const bucket = new Curve(4);
    bucket.add(1, 1, 8, 8, 8);
    bucket.add(4, 3, 0, 0, 0);
    expect(bucket.smoothAt(4)).toBeCloseTo(singly.smoothAt(4) ?? NaN, 12);
  });

  it('step over what is not finite', () => {
    const curve = curveOf([1, Infinity, NaN, 1], 4);
    expect(curve.smoothAt(4)).toBe(1);
  });

  it('stay bounded, and lose no spike', () => {
    const curve = new Curve(10);
    for (let step = 1; step <= 150_000; step++) {
      const value = step === 777 ? 1000 : 1;
      curve.add(step, 1, value, value, value);
    }
    expect(curve.length).toBeLessThanOrEqual(131_072);
    expect(Math.max(...curve.highs.slice(0, 1000))).toBe(1000);
    expect(curve.counts.reduce((a, b) => a + b, 0)).toBe(150_000);
    expect(curve.last).toBe(150_000);
  });

  it('are copied whole', () => {
    const store = new SeriesStore();
    store.add([exact('loss', 1, [3, 2, 1])]);
    const copy = store.copy();
    store.truncate(1);
    expect(copy.curve('loss')?.values).toEqual([3, 2, 1]);
    expect(store.curve('loss')?.values).toEqual([3]);
  });
});

describe('columns of pixels', () => {
  it('keep the least and the greatest of each', () => {
    const curve = curveOf([5, 1, 9, 2, 2, 2, 2, 2, 2, 2]);
    const columns = new Columns(curve, 2, 10).update();
    expect([columns.low[0], columns.high[0]]).toEqual([1, 9]);
    expect([columns.low[1], columns.high[1]]).toEqual([2, 2]);
  });

  it('are kept up as points arrive, and begin anew when the past has changed', () => {
    const curve = curveOf([5, 4, 3]);
    const columns = new Columns(curve, 11, 10).update();
    expect(columns.filled).toBe(4);
    curve.add(8, 1, 1, 1, 1);
    expect(columns.update().high[8]).toBe(1);
    curve.truncate(2);
    columns.update();
    expect(columns.filled).toBe(3);
    expect(columns.high[8]).toBeNaN();
  });

  it('equal those made at once', () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i) + i / 100);
    const grown = new Curve(10);
    const slowly = new Columns(grown, 37, 500);
    values.forEach((value, i) => {
      grown.add(i, 1, value, value, value);
      if (i % 7 === 0) slowly.update();
    });
    const atOnce = new Columns(grown, 37, 500).update();
    expect(slowly.update().low).toEqual(atOnce.low);
    expect(slowly.high).toEqual(atOnce.high);
    expect(slowly.fits(grown, 37, 500)).toBe(true);
    expect(slowly.fits(grown, 38, 500)).toBe(false);
  });
});
