import { describe, expect, it } from 'vitest';

import { isSame, replaced, toggled } from './tampering';

const CUT = { kind: 'cut', source: 'x', node: 'hidden1', unit: 0, reader: null };
const OTHER = { kind: 'cut_weight', parameter: 'hidden1.weight', index: [0, 1] };

describe('tampering as a list', () => {
  it('is the same whatever is left out and in which order it is written', () => {
    expect(isSame(CUT, { unit: 0, node: 'hidden1', source: 'x', kind: 'cut' })).toBe(true);
    expect(isSame(CUT, { ...CUT, unit: 1 })).toBe(false);
  });

  it('gets an entry, and loses it again', () => {
    const cut = toggled([OTHER], CUT);
    expect(cut).toEqual([OTHER, CUT]);
    expect(toggled(cut, { kind: 'cut', source: 'x', node: 'hidden1', unit: 0 })).toEqual([OTHER]);
  });

  it('has one entry in the place of another', () => {
    const wrong = { kind: 'wrong', node: 'hidden1', backward: 'sign' };
    const isWrong = (each: { kind?: unknown }): boolean => each.kind === 'wrong';
    expect(replaced([CUT, { ...wrong, backward: 'transpose' }], wrong, isWrong)).toEqual([
      CUT,
      wrong,
    ]);
    expect(replaced([CUT, wrong], null, isWrong)).toEqual([CUT]);
  });
});
