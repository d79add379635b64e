/** What happened to a run by itself, found in its curves: where the loss jumped, and where it was lost. */

import type { Curve } from '../../run/series';

/** A loss is a spike from so many times the smoothed one on, */
const LEAST = 3;
/** if it is so many times further out than half of its deviations are, on a log scale. */
const BEYOND = 8;
/** The greatest ones are flagged. */
const MOST = 3;
/** Steps before which the loss has no usual height yet, and that two flags are apart. */
const EARLY = 20;

/** Steps of the greatest jumps of a loss above its own smoothed course, in their order. */
export function spikes(curve: Curve | undefined): { step: number; value: number }[] {
  if (!curve) return [];
  const jumps = curve.steps.map((step, i) => {
    const value = curve.highs[i] ?? NaN;
    const jump = Math.log(value / (curve.smooth[i - 1] ?? NaN));
    return { step, value, jump: Number.isFinite(jump) ? jump : 0 };
  });
  const usual = jumps.filter(({ step }) => step > EARLY);
  const sizes = usual.map(({ jump }) => Math.abs(jump)).sort((a, b) => a - b);
  const spread = sizes[sizes.length >> 1] ?? 0;
  const found: typeof jumps = [];
  for (const one of usual
    .filter(({ jump }) => jump > Math.max(Math.log(LEAST), BEYOND * spread))
    .sort((a, b) => b.jump - a.jump)) {
    const isApart = found.every(({ step }) => Math.abs(step - one.step) > EARLY);
    if (isApart && found.length < MOST) found.push(one);
  }
  return found.sort((a, b) => a.step - b.step).map(({ step, value }) => ({ step, value }));
}
