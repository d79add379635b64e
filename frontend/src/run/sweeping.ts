/** What a sweep says, in one sentence: which copy came lowest, or how far chance spreads them. */

import { setting } from '../graph/number';
import type { Slot } from '../messages/say';
import type { SweepMark } from '../wire/schema';

export interface Reading {
  key: string;
  values: Record<string, Slot>;
}

/** Loss of every copy at a mark, on all training examples; null where it has diverged. */
export function lossesAt(
  mark: SweepMark,
  split: 'train' | 'validation' = 'train',
): (number | null)[] {
  const losses = mark.evaluation[`${split}_loss`] ?? [];
  return losses.map((loss, i) => (mark.diverged[i] ? null : loss));
}

/** Read a sweep over learning rates; `now` is the rate in force. */
export function rateReading(values: readonly number[], mark: SweepMark, now: number): Reading {
  const losses = lossesAt(mark);
  const gone = losses.filter((loss) => loss === null).length;
  const best = lowest(losses);
  const loss = losses[best] ?? null;
  if (loss === null) return { key: 'sweep.says.all_gone', values: {} };
  const present = losses[values.indexOf(now)] ?? null;
  const told = { steps: mark.steps, best: setting(values[best] ?? NaN), loss, gone };
  if (present === null || values[best] === now) return { key: 'sweep.says.lowest', values: told };
  return { key: 'sweep.says.best', values: { ...told, now: setting(now), present } };
}

/** Read a sweep over seeds. */
export function seedReading(mark: SweepMark): Reading {
  const losses = lossesAt(mark)
    .filter((loss): loss is number => loss !== null)
    .sort((a, b) => a - b);
  const [least, most] = [losses[0], losses.at(-1)];
  if (least === undefined || most === undefined) return { key: 'sweep.says.all_gone', values: {} };
  const middle = losses[Math.floor(losses.length / 2)] ?? most;
  return { key: 'sweep.says.seeds', values: { steps: mark.steps, least, most, middle } };
}

function lowest(losses: readonly (number | null)[]): number {
  let best = 0;
  losses.forEach((loss, i) => {
    const known = losses[best] ?? null;
    if (loss !== null && (known === null || loss < known)) best = i;
  });
  return best;
}
