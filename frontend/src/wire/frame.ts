/** What arrives in binary messages: points of curves, and frames whose arrays are ready to draw. */

import { decode } from '@msgpack/msgpack';

import type { Metrics } from './schema';

export type Values = Uint8Array | Float32Array | Float64Array | Int32Array;
type WireType = 'uint8' | 'float32' | 'float64' | 'int32';

/** One array of a frame, row by row. */
export interface FrameArray {
  name: string;
  node: string;
  axes: string[];
  dtype: WireType;
  shape: number[];
  scale: 'unit' | 'node' | 'network' | 'fixed';
  /** Value of uint8 0; one for each index of the first axis where `scale` is `unit`. */
  lo: number | number[];
  hi: number | number[];
  values: Values;
}

/** The sentence that a frame says: key of a message, and what stands in it. */
export interface Reading {
  key: string;
  values: Record<string, number | string>;
}

/** Everything that one probe answers at one step: its arrays belong together. */
export interface Frame {
  type: 'frame';
  subscription: number;
  run: string;
  probe: string;
  replica: number | null;
  step: number;
  example: number | null;
  reading: Reading | null;
  arrays: FrameArray[];
  details: Record<string, unknown>;
  /** Find an array by its name, and by its node where several have one of that name. */
  array(name: string, node?: string): FrameArray | undefined;
}

const TYPES = {
  uint8: Uint8Array,
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
} as const;

/** Decode a binary message; null if it is of a kind that this page does not know. */
export function decodeBinary(bytes: ArrayBuffer): Metrics | Frame | null {
  const message: unknown = decode(new Uint8Array(bytes));
  if (!isRecord(message)) return null;
  if (message['type'] === 'metrics') return message as unknown as Metrics;
  if (message['type'] === 'frame') return frame(message);
  return null;
}

function frame(message: Record<string, unknown>): Frame {
  const raw = message as unknown as Omit<Frame, 'arrays' | 'array'> & { arrays: RawArray[] };
  const arrays = raw.arrays.map(aligned);
  return {
    ...raw,
    arrays,
    array: (name, node) => arrays.find((a) => a.name === name && (node ?? a.node) === a.node),
  };
}

type RawArray = Omit<FrameArray, 'values'> & { data: Uint8Array };

/** View bytes as numbers. A typed array has to start at a multiple of its element size; MessagePack does not. */
function aligned({ data, ...facts }: RawArray): FrameArray {
  const Type = TYPES[facts.dtype];
  const size = Type.BYTES_PER_ELEMENT;
  const bytes = data.byteOffset % size ? data.slice() : data;
  const count = Math.floor(bytes.byteLength / size);
  return { ...facts, values: new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset, count) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The number that element `i` stands for: uint8 is a linear scale from `lo` to `hi`, all else is itself. */
export function trueValue(array: FrameArray, i: number): number {
  const value = array.values[i] ?? NaN;
  if (array.dtype !== 'uint8') return value;
  const [lo, hi] = ends(array, i);
  return lo + ((hi - lo) * value) / 255;
}

/** Ends of the scale of element `i`. */
export function ends(array: FrameArray, i = 0): [lo: number, hi: number] {
  if (typeof array.lo === 'number' && typeof array.hi === 'number') return [array.lo, array.hi];
  const inner = array.values.length / (array.shape[0] ?? 1);
  const unit = Math.floor(i / inner);
  return [pick(array.lo, unit), pick(array.hi, unit)];
}

function pick(ends: number | number[], unit: number): number {
  return typeof ends === 'number' ? ends : (ends[unit] ?? 0);
}
