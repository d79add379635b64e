/** What a step does to what is learned: now, the change, next. */

import type { Scalar, ScalarStep } from '../wire/capture';
import type { Numbers, Reached } from './scalars';

export interface Row {
  scalar: Scalar;
  now: number;
  /** −η·∂E/∂w, or whatever the optimiser makes of it; null: the gradient is not known yet. */
  change: number | null;
  next: number | null;
}

/** A row for everything that is learned. */
export function updateRows(scalars: readonly Scalar[], numbers: Numbers, reached: Reached): Row[] {
  return scalars
    .filter(({ parameter }) => parameter)
    .map((scalar) => {
      const now = numbers.value.get(scalar.id) ?? NaN;
      const isKnown = reached.isUpdated || reached.gradients.get(scalar.id) === 'complete';
      const next = isKnown ? (numbers.next.get(scalar.id) ?? null) : null;
      return { scalar, now, next, change: next === null ? null : next - now };
    });
}

/** The rule by which a number is changed, as the optimiser's own line says it: `w₁₁ − η · ∂w₁₁`. */
export function ruleOf(steps: readonly ScalarStep[], id: string): string | null {
  const line = steps.at(-1)?.lines.find(({ of }) => of === id);
  return line ? `${line.left} ${line.relation} ${line.right}` : null;
}

/** Whether that rule is the plain one, so that the numbers of this step can be put into it. */
export function isPlain(rule: string, { base, sub }: { base: string; sub: string }): boolean {
  const name = base + sub;
  return rule === `${name} ← ${name} − η · ∂${name}`;
}
