/** Walking through one step of training, operation by operation: where the larger strides end. */

export type Phase = 'forward' | 'backward' | 'update';

/** One operation of a step, in the order in which they are taken. */
export interface Turn {
  phase: Phase;
  /** Path of the node that it belongs to; empty: loss, regulariser or update. */
  node: string;
  /** What it is about: the number or operation that is computed, or that hands its gradient on; empty: the update. */
  of: string;
  /** What is known from here on. */
  ids: readonly string[];
}

export type Heading = 1 | -1;
/** Strides by size: one operation, all of a layer, a whole pass. */
export type Stride = 'operation' | 'layer' | 'pass';

/**
 * Where a stride ends that begins after `at` operations: a layer's or a pass's last operation, or the place before
 * their first. Behind the last turn the step has been taken.
 */
export function strideEnd(
  turns: readonly Turn[],
  at: number,
  stride: Stride,
  way: Heading,
): number {
  const last = turns.length;
  let to = Math.min(last, Math.max(0, at + way));
  while (stride !== 'operation' && to > 0 && to < last && isWithin(turns, to, stride)) to += way;
  return to;
}

/** Whether the operations before and after a place belong together. */
function isWithin(turns: readonly Turn[], place: number, stride: Stride): boolean {
  const [before, after] = [turns[place - 1], turns[place]];
  if (before?.phase !== after?.phase) return false;
  return stride === 'pass' || before?.node === after?.node;
}

/** How far a walk gets from `at` on to `to`: up to the operation, if there is one, that it has to pause before. */
export function pausedAt(
  turns: readonly Turn[],
  at: number,
  to: number,
  breakpoints: ReadonlySet<string>,
): number {
  for (let place = at + 1; place < to; place++) {
    if (breakpoints.has(turns[place]?.of ?? '')) return place;
  }
  return to;
}

/** After which operation something is known in a phase, at the latest; null: it never is. */
export function knownAfter(turns: readonly Turn[], id: string, phase: Phase): number | null {
  const index = turns.findLastIndex((turn) => turn.phase === phase && turn.ids.includes(id));
  return index < 0 ? null : index + 1;
}

/** Operations that stand together on the track: a pass, and within it the layers. */
export interface Stretch {
  phase: Phase;
  node: string;
  from: number;
  to: number;
}

/** Put operations that follow one another in the same layer together; `each`: let every one stand for itself. */
export function stretches(turns: readonly Turn[], each: boolean): Stretch[] {
  const found: Stretch[] = [];
  turns.forEach(({ phase, node }, index) => {
    const before = found.at(-1);
    if (!each && before?.phase === phase && before.node === node) before.to = index + 1;
    else found.push({ phase, node, from: index, to: index + 1 });
  });
  return found;
}
