/** Which words of a sentence are not in another one, at about the same place. */

/** For each word of `other` whether it also stands in `one`, in the same order: by their longest common sequence. */
export function keptWords(one: readonly string[], other: readonly string[]): boolean[] {
  const lengths = commonLengths(one, other);
  const kept = other.map(() => false);
  let [i, j] = [0, 0];
  while (i < one.length && j < other.length) {
    if (one[i] === other[j]) {
      kept[j] = true;
      [i, j] = [i + 1, j + 1];
    } else if ((lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0)) i++;
    else j++;
  }
  return kept;
}

/** At each pair of places how many words both ends from there on have in common. */
function commonLengths(one: readonly string[], other: readonly string[]): number[][] {
  const lengths = Array.from({ length: one.length + 1 }, () => other.map(() => 0).concat(0));
  for (let i = one.length - 1; i >= 0; i--)
    for (let j = other.length - 1; j >= 0; j--) {
      const [row, below] = [lengths[i] ?? [], lengths[i + 1] ?? []];
      row[j] =
        one[i] === other[j] ? 1 + (below[j + 1] ?? 0) : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  return lengths;
}
