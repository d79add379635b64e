import { describe, expect, it } from 'vitest';

import {
  addend,
  count,
  exact,
  four,
  percent,
  probability,
  readNumber,
  sci2,
  setting,
  signed,
  withUnit,
} from './number';

describe('numbers for people', () => {
  it('have four significant digits and a true minus', () => {
    expect(four(0.0929)).toBe('0.09290');
    expect(four(4.21)).toBe('4.210');
    expect(four(-0.4489)).toBe('−0.4489');
    expect(four(0.99996)).toBe('1.000');
    expect(four(123.456)).toBe('123.5');
    expect(four(12345.6)).toBe('12,350');
    expect(four(0)).toBe('0.000');
  });

  it('turn to powers of ten below a thousandth', () => {
    expect(four(9.561e-4)).toBe('9.561·10⁻⁴');
    expect(four(-6.602e-4)).toBe('−6.602·10⁻⁴');
    expect(four(2e9)).toBe('2.000·10⁹');
    expect(sci2(0.00112)).toBe('1.1·10⁻³');
    expect(sci2(0)).toBe('0');
  });

  it('say so when they are not finite', () => {
    expect(four(Infinity)).toBe('∞');
    expect(four(-Infinity)).toBe('−∞');
    expect(four(NaN)).toBe('undefined');
  });

  it('show signs where a signed map is beside them', () => {
    expect(signed(2.182)).toBe('+2.182');
    expect(signed(-1)).toBe('−1.000');
    expect(addend(0.98821)).toBe('+0.9882');
    expect(addend(-0.00001)).toBe('0.0000');
  });

  it('count exactly to ten million', () => {
    expect(count(44426)).toBe('44,426');
    expect(count(60965224)).toBe('61.0\u2009M');
    expect(count(3000001000)).toBe('3.00\u2009G');
    expect(exact(3000001000)).toBe('3,000,001,000');
    expect(count(-3)).toBe('−3');
  });

  it('write shares, probabilities and units', () => {
    expect(percent(0.9738)).toBe('97.38\u2009%');
    expect(percent(0.814, 1)).toBe('81.4\u2009%');
    expect(percent(594.24, 0)).toBe('59,424\u2009%');
    expect(probability(0.8137)).toBe('0.8137');
    expect(probability(0.0004)).toBe('');
    expect(withUnit('380', 'steps/s')).toBe('380\u2009steps/s');
  });

  it('write settings as short as they are', () => {
    expect(setting(0.03)).toBe('0.03');
    expect(setting(1e-4)).toBe('10⁻⁴');
    expect(setting(3e-5)).toBe('3·10⁻⁵');
    expect(setting(1000)).toBe('1,000');
    expect(setting(0)).toBe('0');
    expect(setting(1 / 3)).toBe('0.3333');
  });

  it('read back whatever they write, and what people type', () => {
    for (const x of [0.03, 1e-4, 3e-5, 1000, 0, -2.5]) expect(readNumber(setting(x))).toBe(x);
    expect(readNumber(' 1e-3 ')).toBe(0.001);
    expect(readNumber('2·10^-3')).toBe(0.002);
    expect(readNumber('10⁻⁴')).toBe(1e-4);
    expect(readNumber('.5')).toBe(0.5);
    expect(readNumber('three')).toBeNull();
    expect(readNumber('')).toBeNull();
    expect(readNumber('1e999')).toBeNull();
  });
});
