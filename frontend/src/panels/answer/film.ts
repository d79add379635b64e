/** Which moments of a run the film shows. */

/** Closer together early, where most happens. */
const SHARES = [0, 0.06, 0.16, 0.3, 0.55, 1] as const;

/** At most six steps from a run's first one to its last, each once: a copy has no past before it was made. */
export function moments(first: number, last: number): number[] {
  const span = Math.max(0, last - first);
  return [...new Set(SHARES.map((share) => first + Math.round(share * span)))];
}
