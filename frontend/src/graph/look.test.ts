import { describe, expect, it } from 'vitest';

import type { Frame, FrameArray } from '../wire/frame';
import { table } from './colour';
import {
  amplitude,
  binned,
  bytesOf,
  coloursFor,
  commonScale,
  groundOf,
  reachOf,
  rooted,
  stretched,
  toBytes,
  unitOf,
  zeroLevel,
} from './look';

function array(more: Partial<FrameArray>): FrameArray {
  return {
    name: 'field',
    node: 'hidden1',
    axes: ['D', 'Y', 'X'],
    dtype: 'uint8',
    shape: [1, 2, 2],
    scale: 'fixed',
    lo: -1,
    hi: 1,
    values: new Uint8Array([0, 255, 128, 127]),
    ...more,
  };
}

function frame(arrays: FrameArray[]): Frame {
  return { arrays } as unknown as Frame;
}

describe('colours of a scale', () => {
  it('take the upper half where nothing is negative', () => {
    const whole = table('forward', 'light', 0.8);
    expect(coloursFor('forward', 'light', -1)).toBe(whole);
    const half = coloursFor('forward', 'light', 0);
    expect(half[0]).toBe(whole[128]);
    expect(half[255]).toBe(whole[255]);
  });

  it('keep zero where it is under a root', () => {
    const whole = table('gradient', 'light');
    const root = rooted(whole);
    expect([root[0], root[127], root[128], root[255]]).toEqual([
      whole[0],
      whole[127],
      whole[128],
      whole[255],
    ]);
    expect(root[160]).toBe(whole[128 + Math.round(127 * Math.sqrt(32 / 127))]);
  });
});

describe('bytes', () => {
  it('keep the sign, however small', () => {
    expect([...toBytes([-1, -1e-9, 0, 1e-9, 1, NaN], 1)]).toEqual([0, 127, 128, 128, 255, 128]);
  });

  it('come from any array on its own scale', () => {
    expect(bytesOf(array({})).lo).toBe(-1);
    const floats = array({ dtype: 'float32', lo: -2, hi: 2, values: new Float32Array([2, -2]) });
    expect([...Array.from(bytesOf(floats).bytes)]).toEqual([255, 0]);
  });

  it('have their zero line between the signs, or where something begins', () => {
    expect(zeroLevel([3, 200], -1)).toBe(127.5);
    expect(zeroLevel([128, 200], -1)).toBe(128.5);
    expect(zeroLevel([0, 255], 0)).toBe(127.5);
  });

  it('are stretched about zero, but nothing is made of noise', () => {
    expect([...stretched([127, 128, 107, 148])]).toEqual([127, 128, 0, 255]);
    expect([...stretched([127, 128, 129])]).toEqual([127, 128, 143]);
    expect(amplitude([100, 140])).toBe(27);
  });

  it('are those of one unit', () => {
    const two = array({ shape: [2, 1, 2] });
    expect([...unitOf(two, 1)]).toEqual([128, 127]);
  });
});

describe('long rows', () => {
  it('keep the greatest of each stretch with its sign', () => {
    expect(Array.from(binned([1, -5, 2, 0], 2))).toEqual([-5, 2]);
    expect(binned([1, 2], 4)).toEqual([1, 2]);
    expect(reachOf([1, -5, Infinity])).toBe(5);
    expect(reachOf([0])).toBe(1);
  });
});

describe('the ground', () => {
  it('is what the probe says, or what the data promise', () => {
    expect(groundOf(frame([array({})]), null, {})).toBe('plane');
    expect(groundOf(frame([array({ axes: ['D', 'X'], shape: [1, 4] })]), null, {})).toBe('line');
    expect(groundOf(null, 'These examples are no points.', { features: [] })).toBe('none');
    expect(groundOf(null, null, { features: [] })).toBe('plane');
    expect(groundOf(null, null, { edits: [] })).toBe('line');
    expect(groundOf(null, null, {})).toBe('none');
  });

  it('has one scale if all stages have it', () => {
    const inputs = array({ node: 'x', scale: 'unit', lo: [-3], hi: [3] });
    expect(commonScale(frame([inputs, array({}), array({ node: 'output' })]))).toBe(1);
    expect(commonScale(frame([array({}), array({ scale: 'node', lo: -4, hi: 4 })]))).toBeNull();
    expect(commonScale(null)).toBeNull();
  });
});
