import { describe, expect, it } from 'vitest';

import { nearest, PlaneScale, ticks, type Point } from './plane';

const point = (id: number, x: number, y: number): Point => ({
  id,
  x,
  y,
  label: 0,
  target: null,
  heldOut: false,
  wrong: false,
});

describe('the plane on the screen', () => {
  it('has its upper left corner at the lowest x and the highest y', () => {
    const scale = new PlaneScale([-3, 3], 180);
    expect([scale.x(-3), scale.y(3)]).toEqual([0, 0]);
    expect([scale.x(3), scale.y(-3)]).toEqual([180, 180]);
  });

  it('leads back from a pixel to the place, and stays inside', () => {
    const scale = new PlaneScale([-3, 3], 180);
    expect(scale.at(scale.x(1.25), scale.y(-0.5))).toEqual({ x: 1.25, y: -0.5 });
    expect(scale.at(-50, 900)).toEqual({ x: -3, y: -3 });
  });

  it('finds the nearest point, unless all are too far', () => {
    const points = [point(1, 0, 0), point(2, 1, 1)];
    expect(nearest(points, 0.9, 0.8, 0.3)?.id).toBe(2);
    expect(nearest(points, 0.5, 0.5, 0.3)).toBeNull();
  });

  it('writes few round values beside the axes', () => {
    expect(ticks([-3, 3])).toEqual([-2, 2]);
    expect(ticks([-1, 1])).toEqual([-1, 1]);
  });
});
