/** Which gradients of a small network the referee can check, and what is known of them. */

import type { Scalar, Target } from '../wire/capture';

/** What the referee calls a number; null: it is none that he can move by itself. */
export function targetOf({ role, parameter, node, index }: Scalar): Target | null {
  if (role === 'weight' || role === 'bias') return { parameter, index };
  return role === 'sum' || role === 'activation' ? { node, index } : null;
}

/** Everything that is learned, to be checked at once. */
export function learnedOf(scalars: readonly Scalar[]): Target[] {
  return scalars.flatMap(({ parameter, index }) => (parameter ? [{ parameter, index }] : []));
}
