import { describe, expect, it } from 'vitest';

import { addressOfAim, aimAt, copyOf } from './aim';

const CROSS = { path: 'decoder.0.cross', repeat: 2 };

describe('what is looked at', () => {
  it('is a node, a head and a place, as the address has them', () => {
    expect(aimAt('decoder.0.cross', CROSS)).toEqual({ path: 'decoder.0.cross', head: null, place: null }); // prettier-ignore
    expect(aimAt('decoder.1.cross.3@8,1', CROSS)).toEqual({ path: 'decoder.1.cross', head: 2, place: 7 }); // prettier-ignore
    expect(aimAt('attention@2,1', { path: 'attention', repeat: 1 })?.place).toBe(1);
    for (const address of ['decoder.1.cross.3@8,1', 'decoder.0.cross', 'decoder.0.cross@1,1'])
      expect(addressOfAim(aimAt(address, CROSS) ?? { path: '', head: null, place: null })).toBe(
        address,
      );
  });

  it('is nothing where another node is named', () => {
    expect(aimAt('decoder.0.self', CROSS)).toBeNull();
    expect(aimAt('decoder.1.cross', { ...CROSS, repeat: 1 })).toBeNull();
    expect(aimAt('decoder.0.cross.0', CROSS)).toBeNull();
    expect(aimAt('decoder.0.cross.1.2', CROSS)).toBeNull();
    expect(aimAt(null, CROSS)).toBeNull();
  });

  it('is in a copy of its block', () => {
    expect(copyOf('decoder.1.cross')).toBe(2);
    expect(copyOf('attention')).toBeNull();
  });
});
