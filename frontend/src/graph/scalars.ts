/** A small network number by number: what is known of it at a place within a step, and its numbers. */

import type { Scalars, Position } from '../wire/capture';
import type { Frame } from '../wire/frame';

/** The numbers of all scalars at one step, by id; of an edge by `from>to`. */
export interface Numbers {
  step: number;
  value: ReadonlyMap<string, number>;
  gradient: ReadonlyMap<string, number>;
  /** ∂to/∂from of each edge. */
  local: ReadonlyMap<string, number>;
  /** What flows back on each edge: the gradient at its end times its local derivative. */
  back: ReadonlyMap<string, number>;
  /** Weights and biases after the update of this step. */
  next: ReadonlyMap<string, number>;
}

export const edgeId = ({ from, to }: { from: string; to: string }): string => `${from}>${to}`;

/** Read what the probe `scalars` answers; null: it answers another graph. */
export function numbersOf({ scalars, edges }: Scalars, frame: Frame): Numbers | null {
  const read = (name: string, ids: readonly string[]): Map<string, number> | null => {
    const values = frame.array(name)?.values;
    if (values?.length !== ids.length) return null;
    return new Map(ids.map((id, i) => [id, values[i] ?? NaN]));
  };
  const ids = scalars.map(({ id }) => id);
  const value = read('value', ids);
  const gradient = read('gradient', ids);
  const local = read('local', edges.map(edgeId));
  if (!value || !gradient || !local) return null;
  const back = new Map(
    edges.map((edge) => [
      edgeId(edge),
      (gradient.get(edge.to) ?? NaN) * (local.get(edgeId(edge)) ?? NaN),
    ]),
  );
  return { step: frame.step, value, gradient, local, back, next: read('next', ids) ?? new Map() };
}

/** What has been reached: how much of each scalar is known. */
export interface Reached {
  values: ReadonlySet<string>;
  /** Gradients that are complete, and those to which something is still to be added. */
  gradients: ReadonlyMap<string, 'partial' | 'complete'>;
  /** Edges on which something has flowed back, by `from>to`. */
  back: ReadonlySet<string>;
  isUpdated: boolean;
}

/** What is known after the first `at` steps; without a position all is. */
export function reachedAt(scalars: Scalars, position: Position | null): Reached {
  const at = position?.level === 'scalars' ? position.at : scalars.steps.length;
  const taken = scalars.steps.slice(0, at);
  const known = (phase: 'forward' | 'backward'): string[] =>
    taken.flatMap((step) => (step.phase === phase ? step.scalars : []));
  const given = scalars.scalars.filter(({ inputs }) => !inputs.length).map(({ id }) => id);
  const complete = new Set(known('backward'));
  const flowed = scalars.edges.filter(({ to }) => complete.has(to));
  const gradients = new Map<string, 'partial' | 'complete'>([
    ...flowed.map(({ from }) => [from, 'partial'] as const),
    ...[...complete].map((id) => [id, 'complete'] as const),
  ]);
  return {
    values: new Set([...given, ...known('forward')]),
    gradients,
    back: new Set(flowed.map(edgeId)),
    isUpdated: taken.some(({ phase }) => phase === 'update'),
  };
}
