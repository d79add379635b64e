/** What came of a difference, in one sentence, computed from the curves of both runs. */

import { setting } from '../graph/number';
import type { Slot } from '../messages/say';
import type { Run } from '../wire/schema';
import type { Curve, SeriesStore } from './series';

/** A run and its curves. */
export interface Contender {
  run: Pick<Run, 'state' | 'step' | 'problem'>;
  series: SeriesStore;
}

export interface Verdict {
  /** Key of the sentence. */
  key: string;
  values: Record<string, Slot>;
}

/** A smoothed loss that comes back to so many times its least value is a spike. */
const SPIKE = 3;
/** Losses that differ by less than this factor are called alike. */
const ALIKE = 1.02;

/** How the second run went, beside the first. */
export function verdictOf(a: Contender, b: Contender, from = 0): Verdict {
  if (b.run.state === 'diverged')
    return { key: 'compare.became.infinite', values: { step: b.run.step } };
  if (a.run.state === 'diverged')
    return { key: 'compare.became.finite', values: { step: a.run.step } };
  if (b.run.step <= from) return { key: 'compare.became.nothing', values: {} };
  const [before, after] = [a, b].map(({ series }) => series.curve('loss'));
  const spike = after ? spikeOf(after, from) : null;
  if (spike && !(before && spikeOf(before, from)))
    return { key: 'compare.became.spiked', values: { ...spike } };
  return judged(a, b);
}

/** Both losses where both have come to: held-out ones, where there are any. */
function judged(a: Contender, b: Contender): Verdict {
  const held = a.series.curve('validation_loss') && b.series.curve('validation_loss');
  const name = held ? 'validation_loss' : 'loss';
  const curves = [a, b].map(({ series }) => series.curve(name));
  const step = Math.min(...curves.map((curve) => curve?.last ?? -1));
  const [one, other] = curves.map((curve) => valueAt(curve, step, name));
  if (one === undefined || other === undefined || step < 0)
    return { key: 'compare.became.nothing', values: {} };
  const values = { step, one, other, kind: held ? 'held' : 'train' };
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  if (high <= low * ALIKE) return { key: 'compare.became.alike', values };
  const way = other < one ? 'lower' : 'higher';
  const times = setting(low > 0 ? Number((high / low).toPrecision(2)) : Infinity);
  return { key: 'compare.became.apart', values: { ...values, way, times } };
}

function valueAt(curve: Curve | undefined, step: number, name: string): number | undefined {
  if (!curve) return undefined;
  const value = name === 'loss' ? curve.smoothAt(step) : (curve.at(step)?.value ?? null);
  return value ?? undefined;
}

/** The highest place to which a smoothed loss came back, if that is far above where it had been. */
function spikeOf(
  curve: Curve,
  from: number,
): { step: number; value: number; before: number } | null {
  let least = Infinity;
  let found: { step: number; value: number; before: number } | null = null;
  for (let i = 0; i < curve.length; i++) {
    const [step, value] = [curve.steps[i] ?? 0, curve.smooth[i] ?? NaN];
    if (step > from && value > SPIKE * least && value > (found?.value ?? 0))
      found = { step, value, before: least };
    if (value < least) least = value;
  }
  return found;
}
