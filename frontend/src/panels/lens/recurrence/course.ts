/** A recurrent layer through time, out of a frame of the probe `recurrence`. */

import type { Frame, FrameArray } from '../../../wire/frame';
import { trueValue } from '../../../wire/frame';

/** What has a number for each unit at each place. */
export interface Band {
  name: string;
  array: FrameArray;
  /** Whether it is a gate: from 0, shut, to 1, open. */
  isGate: boolean;
  /** The size that has the fullest colour; none: the greatest in it. */
  most?: number;
}

export interface Course {
  words: readonly string[];
  bands: readonly Band[];
  /** The norm of the gradient at each place, by the state that it reaches. */
  slopes: readonly { name: string; sizes: readonly number[] }[];
  places: number;
}

interface Node {
  path: string;
  input: string;
}

const ORDER = [
  'state',
  'cell',
  'input_gate',
  'forget_gate',
  'output_gate',
  'update_gate',
  'reset_gate',
];
const SLOPE = '_gradient';

/** Read the course of one node; null if the frame does not tell it. */
export function courseOf(frame: Frame | null, path: string): Course | null {
  const own = frame?.arrays.filter(({ node }) => node === path) ?? [];
  const bands = ORDER.flatMap((name): Band[] => {
    const array = own.find((each) => each.name === name);
    return array ? [{ name, array, isGate: name.endsWith('_gate') }] : [];
  });
  const [places = 0] = bands[0]?.array.shape ?? [];
  if (!frame || !places) return null;
  return {
    words: wordsAt(frame, path).slice(0, places),
    bands,
    slopes: own
      .filter(({ name }) => name.endsWith(SLOPE))
      .map((array) => ({
        name: array.name.slice(0, -SLOPE.length),
        sizes: Array.from(array.values, (_, i) => trueValue(array, i)),
      })),
    places,
  };
}

/** The words at the places of a node. */
function wordsAt({ details }: Frame, path: string): string[] {
  const nodes = (details['nodes'] ?? []) as Node[];
  const tokens = (details['tokens'] ?? {}) as Record<string, string[]>;
  const input = nodes.find((node) => node.path === path)?.input;
  return input === undefined ? [] : (tokens[input] ?? []);
}

const greatest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);

/** The state at the end, unit beside unit, in the colours of the band; the way back ends at the first place. */
export function lastOf({ array }: Band, isTwoWay: boolean): Band {
  const [places = 0, units = 0] = array.shape;
  const all = Array.from(array.values, (_, i) => trueValue(array, i));
  const back = isTwoWay ? units / 2 : units;
  const values = Float64Array.from({ length: units }, (_, unit) => {
    const place = unit < back ? places - 1 : 0;
    return all[place * units + unit] ?? 0;
  });
  const strip: FrameArray = { ...array, dtype: 'float64', shape: [units, 1], values };
  return { name: 'context', array: strip, isGate: false, most: greatest(all) };
}

/** Columns for places, rows for units: as bytes of a picture on a scale of its own. */
export function turned({ array, isGate, ...scale }: Band): { bytes: Uint8Array; units: number } {
  const [places = 0, units = 0] = array.shape;
  const values = Array.from(array.values, (_, i) => trueValue(array, i));
  const most = scale.most ?? greatest(values);
  const bytes = Uint8Array.from({ length: places * units }, (_, i) => {
    const value = values[(i % places) * units + Math.floor(i / places)] ?? 0;
    return Math.round(isGate ? 255 * value : 127.5 + (127.5 * value) / most);
  });
  return { bytes, units };
}

/** How high a bar is on a log scale of some decades below the greatest: from 0 to 1. */
export function barOf(size: number, most: number, decades: number): number {
  if (!(size > 0) || !(most > 0)) return 0;
  return Math.max(0, 1 + Math.log10(size / most) / decades);
}
