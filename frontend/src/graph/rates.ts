/** Values to try beside the present one: evenly spaced in ratios, or whole numbers one after the other. */

/** Decades on either side of the present rate. */
const REACH = 2;

/** So many rates around one, which is itself among them, unrounded; the others have three digits. */
export function ratesAround(now: number, count: number, most = 1e6): number[] {
  const middle = Math.floor(count / 2);
  return Array.from({ length: count }, (_, i) => {
    if (i === middle) return now;
    const rate = now * 10 ** (((i - middle) * 2 * REACH) / (count - 1));
    return Math.min(most, Number(rate.toPrecision(3)));
  });
}

/** So many seeds from one on. */
export function seedsFrom(now: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => now + i);
}
