import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';

import { decodeBinary, ends, trueValue } from './frame';
import type { Frame, FrameArray } from './frame';

function sent(message: unknown): ArrayBuffer {
  const bytes = encode(message);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function frameOf(arrays: unknown[]): Frame {
  const frame = decodeBinary(
    sent({
      type: 'frame',
      v: 1,
      subscription: 3,
      run: 'abcd',
      probe: 'value',
      step: 7,
      arrays,
      details: {},
    }),
  );
  if (frame?.type !== 'frame') throw new Error('no frame');
  return frame;
}

const bytesOf = (numbers: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(numbers.buffer);

describe('frames', () => {
  it('view their numbers wherever they lie in the message', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd']) {
      const data = bytesOf(new Float32Array([1.5, -2]));
      const frame = frameOf([
        {
          name,
          node: 'x',
          axes: ['D'],
          dtype: 'float32',
          shape: [2],
          scale: 'node',
          lo: -2,
          hi: 2,
          data,
        },
      ]);
      expect(Array.from(frame.arrays[0]?.values ?? [])).toEqual([1.5, -2]);
    }
  });

  it('find arrays by name and node', () => {
    const array = (node: string, data: Uint8Array): object => ({
      name: 'field',
      node,
      axes: [],
      dtype: 'uint8',
      shape: [1],
      scale: 'node',
      lo: -1,
      hi: 1,
      data,
    });
    const frame = frameOf([array('a', new Uint8Array([1])), array('b', new Uint8Array([2]))]);
    expect(frame.array('field', 'b')?.values[0]).toBe(2);
    expect(frame.array('field')?.values[0]).toBe(1);
    expect(frame.array('grad')).toBeUndefined();
  });

  it('turn bytes into what they stand for, by unit where units have their own scale', () => {
    const array = {
      dtype: 'uint8',
      values: new Uint8Array([0, 255, 0, 255]),
      shape: [2, 2],
      lo: [-1, -4],
      hi: [1, 4],
    } as unknown as FrameArray;
    expect([0, 1, 2, 3].map((i) => trueValue(array, i))).toEqual([-1, 1, -4, 4]);
    expect(ends(array, 3)).toEqual([-4, 4]);
    const exact = {
      dtype: 'float32',
      values: new Float32Array([0.5]),
      lo: 0,
      hi: 1,
      shape: [1],
    } as unknown as FrameArray;
    expect(trueValue(exact, 0)).toBe(0.5);
  });

  it('pass over what they do not know', () => {
    expect(decodeBinary(sent({ type: 'film' }))).toBeNull();
    expect(decodeBinary(sent([1, 2]))).toBeNull();
  });

  it('keep numbers in metrics that are not finite', () => {
    const metrics = decodeBinary(
      sent({
        type: 'metrics',
        run: 'abcd',
        epoch: 'e',
        seq: 1,
        series: [
          { name: 'loss', steps: [1], counts: [1], values: [[Infinity]], low: null, high: null },
        ],
      }),
    );
    expect(metrics?.type === 'metrics' && metrics.series[0]?.values[0]?.[0]).toBe(Infinity);
  });
});
