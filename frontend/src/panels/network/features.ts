/** Features of the plane that a network could be told, as pictures of their own. */

import type { Theme } from '../../graph/cursor';
import { coloursFor, reachOf, toBytes } from '../../graph/look';
import type { Cells } from '../../graph/look';

const SIDE = 25;
const SPAN = 3;

/** As the service computes them. */
const FORMULAS: Record<string, (x1: number, x2: number) => number> = {
  x1: (x1) => x1,
  x2: (_, x2) => x2,
  x1_squared: (x1) => x1 * x1,
  x2_squared: (_, x2) => x2 * x2,
  x1_x2: (x1, x2) => x1 * x2,
  sin_x1: (x1) => Math.sin(x1),
  sin_x2: (_, x2) => Math.sin(x2),
};

const fields = new Map<string, Uint8Array>();

/** A feature over the plane, on a scale of its own. */
export function featureField(name: string, theme: Theme): Cells {
  let bytes = fields.get(name);
  if (!bytes) fields.set(name, (bytes = sampled(FORMULAS[name] ?? (() => 0))));
  return {
    bytes,
    rows: SIDE,
    columns: SIDE,
    colours: coloursFor('forward', theme, -1),
    level: null,
    isSigned: true,
  };
}

function sampled(f: (x1: number, x2: number) => number): Uint8Array {
  const along = (i: number): number => ((i + 0.5) / SIDE) * 2 * SPAN - SPAN;
  const values = Array.from({ length: SIDE * SIDE }, (_, i) =>
    f(along(i % SIDE), -along(Math.floor(i / SIDE))),
  );
  return toBytes(values, reachOf(values));
}
