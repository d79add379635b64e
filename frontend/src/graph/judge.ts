/** Which gradients of a small network the referee can check, and what is known of them. */

import type { Scalar, Target } from '../wire/capture';

/** What the referee calls a number; null: it is none that he can move by itself. */
export function targetOf({ role, parameter, node, index }: Scalar): Target | null {
  if (role === 'weight' || role === 'bias') return { parameter, node: null, index };
  return role === 'sum' || role === 'activation' ? { parameter: null, node, index } : null;
}

/** Everything that is learned, to be checked at once. */
export function learnedOf(scalars: readonly Scalar[]): Target[] {
  return scalars.flatMap(({ parameter, index }) =>
    parameter ? [{ parameter, node: null, index }] : [],
  );
}

/** One text for one number, whatever the order in which it is written. */
export function targetKey({ parameter, node, index }: Target): string {
  return `${parameter ?? ''} ${node ?? ''} ${index.join()}`;
}
