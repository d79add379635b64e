/** By what the curves of several runs are laid over each other. */

import type { Run } from '../wire/schema';

export type Alignment = 'step' | 'epoch' | 'examples';
export const ALIGNMENTS: readonly Alignment[] = ['step', 'epoch', 'examples'];

type Placed = Pick<Run, 'step' | 'epoch' | 'job' | 'changes' | 'forked_at'>;

/** Where a step of a run lies: at its number, or at how much of the data the run had seen by then.
 *
 * `train`: how many examples an epoch has. How far the run has come is known exactly; on the way, a change of the batch
 * since the fork is counted in. */
export function placing(run: Placed, align: Alignment, train: number): (step: number) => number {
  if (align === 'step' || run.step === 0) return (step) => step;
  const { since, before, after } = batchesOf(run);
  const seen = (step: number): number =>
    Math.min(step, since) * before + Math.max(0, step - since) * after;
  const whole = seen(run.step) || 1;
  const end = align === 'epoch' ? run.epoch : run.epoch * train;
  return (step) => (seen(step) / whole) * end;
}

/** How large batches were up to a step since the fork, and from then on; what alone is known counts the same before and after. */
function batchesOf(run: Placed): { since: number; before: number; after: number } {
  const change = run.changes.find(({ key }) => key === 'batch.size');
  const [before, after]: unknown[] = [change?.before, change?.after];
  if (typeof before !== 'number' || typeof after !== 'number')
    return { since: 0, before: 1, after: 1 };
  return { since: change?.step ?? 0, before, after };
}
