/** What the last step did to the weights of one unit. */

import type { Choice } from '../../graph/choice';
import type { Frame } from '../../wire/frame';

export interface Pull {
  /** Number of the input; null: the bias. */
  index: number | null;
  weight: number;
  grad: number;
  update: number;
}

export interface Pulls {
  rows: Pull[];
  /** Inputs that are not shown. */
  hidden: number;
  /** Whether the step that led here was seen. */
  observed: boolean;
  hardest: Pull;
  greatest: { weight: number; grad: number; update: number };
}

const NOTHING: Pull = { index: null, weight: 0, grad: 0, update: 0 };

/** Read the row of a unit out of a frame of the probe `weight`: the `most` that are pulled hardest, and the bias. */
export function pullsOn(
  frame: Frame | null,
  { stage, unit }: Choice,
  parameter: string,
  most: number,
): Pulls {
  const kinds = ['weight', 'grad', 'update'] as const;
  const [weight, grad, update] = kinds.map((kind) => {
    const array = frame?.array(kind, parameter);
    const [, columns = 0] = array?.shape ?? [];
    return array && array.dtype !== 'uint8'
      ? array.values.subarray(unit * columns, (unit + 1) * columns)
      : undefined;
  });
  const rows = Array.from(weight ?? [], (value, index): Pull => ({
    index,
    weight: value,
    grad: grad?.[index] ?? 0,
    update: update?.[index] ?? 0,
  }));
  const observed = grad !== undefined && update !== undefined;
  const force = (pull: Pull): number => Math.abs(observed ? pull.grad : pull.weight);
  const hard = [...rows]
    .sort((a, b) => force(b) - force(a))
    .slice(0, rows.length > most + 1 ? most : rows.length);
  const bias = biasOf(frame, stage.path, unit);
  const shown = [...hard.sort((a, b) => (a.index ?? 0) - (b.index ?? 0)), ...(bias ? [bias] : [])];
  const greatest = (kind: (typeof kinds)[number]): number =>
    Math.max(0, ...shown.map((pull) => Math.abs(pull[kind])));
  return {
    rows: shown,
    hidden: rows.length - hard.length,
    observed,
    hardest: shown.reduce(
      (best, pull) => (force(pull) > force(best) ? pull : best),
      shown[0] ?? NOTHING,
    ),
    greatest: { weight: greatest('weight'), grad: greatest('grad'), update: greatest('update') },
  };
}

function biasOf(frame: Frame | null, path: string, unit: number): Pull | null {
  const [weight, grad, update] = ['weight', 'grad', 'update'].map(
    (kind) => frame?.array(kind, `${path}.bias`)?.values[unit],
  );
  return weight === undefined
    ? null
    : { index: null, weight, grad: grad ?? 0, update: update ?? 0 };
}
