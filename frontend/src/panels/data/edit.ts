/** A change of one point, as the page thinks of it and as the server is told. */

import type { Point } from '../../graph/plane';

export interface PointChange {
  id: number;
  x: number;
  y: number;
  /** Index of its class, or the number to be met. */
  label: number;
  heldOut: boolean;
  deleted: boolean;
}

/** The change that makes a point what it is shown as. */
export function edited(point: Point): PointChange {
  const { id, x, y, heldOut } = point;
  return { id, x, y, label: point.label ?? point.target ?? 0, heldOut, deleted: false };
}

/** The change as a command of the wire. */
export function asCommand(change: PointChange): {
  kind: 'point';
  point: { id: number; x1: number; x2: number; label: number; held_out: boolean; deleted: boolean };
} {
  const { id, x, y, label, heldOut, deleted } = change;
  return {
    kind: 'point',
    point: { id, x1: x, x2: y, label, held_out: heldOut, deleted },
  };
}

/** Passes on the newest of many calls, one at a time: the next one goes out when the last has been answered. */
export function newestOnly<T>(send: (value: T) => Promise<unknown>): (value: T) => void {
  let waiting: { value: T } | null = null;
  let busy = false;
  const next = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    while (waiting) {
      const { value } = waiting;
      waiting = null;
      await send(value);
    }
    busy = false;
  };
  return (value) => {
    waiting = { value };
    void next();
  };
}
