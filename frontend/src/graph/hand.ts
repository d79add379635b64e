/** A row of attention that a person chooses: weights that are never below 0 and sum to 1. */

/** The same weight on some places, none on the others. */
export function spread(count: number, places: readonly number[]): number[] {
  const chosen = new Set(places);
  return Array.from({ length: count }, (_, at) => (chosen.has(at) ? 1 / chosen.size : 0));
}

/** One place gets a share; the others share the rest as they did before, alike where they had nothing. */
export function dialled(weights: readonly number[], place: number, share: number): number[] {
  const before = weights.reduce((sum, weight, at) => sum + (at === place ? 0 : weight), 0);
  const others = weights.length - 1;
  if (!others) return [1];
  return weights.map((weight, at) => {
    if (at === place) return share;
    return (1 - share) * (before > 0 ? weight / before : 1 / others);
  });
}
