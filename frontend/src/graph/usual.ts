/** The kinds of layers that most networks are built of, the most usual first: they stand at the head of every list. */
const USUAL: readonly string[] = [
  'Linear', 'Conv2d', 'ReLU', 'Tanh', 'MaxPool2d', 'AvgPool2d', 'Flatten', 'Dropout', 'BatchNorm2d', 'BatchNorm1d',
  'Add', 'Concat',
]; // prettier-ignore

/** Where a kind stands among them; all others come last. */
export function usualRank(kind: string): number {
  const place = USUAL.indexOf(kind);
  return place < 0 ? USUAL.length : place;
}
