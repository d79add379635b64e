/** When to try again: full jitter, so that a class that lost its server does not come back as one. */

const FIRST = 250;
const LONGEST = 3000;

/** Milliseconds to wait before attempt `attempt` (0 is the first). */
export function backoff(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST, FIRST * 2 ** attempt);
}
