import { expect, it } from 'vitest';

import { layOf } from './cells';

it('has room for all cells, as large as they can be', () => {
  for (const [count, width, height] of [
    [1, 300, 100],
    [6, 300, 100],
    [120, 600, 110],
    [1024, 600, 110],
    [1024, 280, 170],
  ] as const) {
    const lay = layOf(count, width, height);
    expect(lay.columns * lay.width).toBeLessThanOrEqual(width + 1e-9);
    expect(Math.ceil(count / lay.columns) * lay.height).toBeLessThanOrEqual(height + 1e-9);
    expect(lay.width * lay.height).toBeGreaterThan(0);
  }
});

it('leaves few cells room for their numbers', () => {
  expect(layOf(6, 400, 110)).toEqual({ columns: 6, width: 62, height: 34 });
});
