/** Health through depth: how large the gradient is at each layer, over the steps that were kept. */

import type { Frame } from '../wire/frame';
import { along, logAxis } from './axis';
import type { Axis } from './axis';

/** One layer's course. */
export interface Course {
  node: string;
  /** Root mean square of its weights' gradients; 0 where none came. */
  sizes: number[];
  ratio: number;
  /** Share of its units that never answer, or answer where their activation is flat. */
  idle: number;
}

export interface Courses {
  steps: number[];
  layers: Course[];
  axis: Axis;
}

/** Read the probe `depth`; null: it has nothing yet. */
export function coursesOf(frame: Frame): Courses | null {
  const [steps, gradients, ratios, saturated, silent] = [
    'step',
    'gradient',
    'ratio',
    'saturated',
    'silent',
  ].map((name) => Array.from(frame.array(name)?.values ?? []));
  const nodes = (frame.details['nodes'] ?? []) as string[];
  const numbers = (frame.details['numbers'] ?? []) as number[];
  if (!steps?.length || !gradients || !nodes.length) return null;
  const last = (steps.length - 1) * nodes.length;
  const layers = nodes.map((node, i) => ({
    node,
    sizes: steps.map(
      (_, k) => (gradients[k * nodes.length + i] ?? NaN) / Math.sqrt(numbers[i] ?? 1),
    ),
    ratio: ratios?.[last + i] ?? NaN,
    idle: Math.max(saturated?.[last + i] ?? 0, silent?.[last + i] ?? 0),
  }));
  const all = layers.flatMap(({ sizes }) => sizes).filter((size) => size > 0);
  return { steps, layers, axis: logAxis(Math.min(...all), Math.max(...all)) };
}

/** A course as a path through a field of that width and height; gaps where nothing came. */
export function pathOf(
  { steps, axis }: Courses,
  sizes: readonly number[],
  width: number,
  height: number,
): string {
  const [first = 0, last = 1] = [steps[0], steps.at(-1)];
  let path = '';
  let pen = false;
  sizes.forEach((size, k) => {
    if (!(size > 0)) {
      pen = false;
      return;
    }
    const x = last > first ? (((steps[k] ?? first) - first) / (last - first)) * width : width;
    const y = height - along(axis, size) * height;
    path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  });
  return path;
}
