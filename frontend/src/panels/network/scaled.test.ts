import { describe, expect, it } from 'vitest';

import type { Frame, FrameArray } from '../../wire/frame';
import { bytesOn, reachIn } from './scaled';

function array(values: number[], more: Partial<FrameArray> = {}): FrameArray {
  return {
    name: 'output', node: 'conv1', axes: ['C', 'H', 'W'], dtype: 'float32', shape: [2, 1, 2],
    scale: 'node', lo: -2, hi: 2, values: Float32Array.from(values), ...more,
  }; // prettier-ignore
}

const maps = array([2, -1, 0.5, 0]);
const second = { first: 2, size: 2, isUnit: true };

describe('bytesOn', () => {
  const on = (scale: 'node' | 'layer' | 'network', most = 8): number[] =>
    Array.from(bytesOn(maps, second, { scale, most }).bytes);

  it('takes the layer, the unit itself, or the network as the end of the scale', () => {
    expect(on('layer')).toEqual([159, 128]);
    expect(on('node')).toEqual([255, 128]);
    expect(on('network')).toEqual([135, 128]);
  });

  it('keeps all units of one picture together', () => {
    const whole = { first: 0, size: 4, isUnit: false };
    const bytes = (scale: 'node' | 'layer') => Array.from(bytesOn(maps, whole, { scale, most: 8 }).bytes); // prettier-ignore
    expect(bytes('node')).toEqual(bytes('layer'));
  });

  it('reads bytes by their true numbers', () => {
    const amounts = array([], { dtype: 'uint8', lo: 0, hi: 4, values: Uint8Array.from([255, 0, 128, 0]) }); // prettier-ignore
    const { bytes, lo } = bytesOn(amounts, second, { scale: 'network', most: 4 });
    expect(Array.from(bytes)).toEqual([192, 128]);
    expect(lo).toBeLessThan(0);
    expect(bytesOn(amounts, second, { scale: 'layer', most: 4 }).lo).toBe(0);
  });
});

describe('reachIn', () => {
  it('is the greatest end among the nodes in question', () => {
    const arrays = [maps, array([9], { node: 'output', lo: -9, hi: 9 })];
    const frame = { arrays } as unknown as Frame;
    expect(reachIn(frame, 'output', new Set(['conv1', 'output']))).toBe(9);
    expect(reachIn(frame, 'output', new Set(['conv1']))).toBe(2);
    expect(reachIn(frame, 'field', new Set(['conv1']))).toBeNull();
    expect(reachIn(null, 'output', new Set(['conv1']))).toBeNull();
  });
});
