import { describe, expect, it } from 'vitest';

import { moments } from './film';

describe('the film', () => {
  it('begins with the run and ends with it', () => {
    expect(moments(0, 1000)).toEqual([0, 60, 160, 300, 550, 1000]);
  });

  it('shows nothing of a copy before it was made', () => {
    expect(moments(800, 1000)).toEqual([800, 812, 832, 860, 910, 1000]);
  });

  it('shows each step once where there are few', () => {
    expect(moments(998, 1000)).toEqual([998, 999, 1000]);
    expect(moments(7, 7)).toEqual([7]);
    expect(moments(9, 7)).toEqual([9]);
  });
});
