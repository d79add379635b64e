/** A curve in small: a path through a little box, on a logarithmic axis where all values are above zero. */

/** The `d` of a path through values in equal steps; empty where there are fewer than two. What is not finite is a gap. */
export function outlinePath(
  values: readonly (number | null)[],
  width: number,
  height: number,
): string {
  const finite = values.filter(
    (value): value is number => value !== null && Number.isFinite(value),
  );
  if (values.length < 2 || finite.length < 2) return '';
  const isLog = finite.every((value) => value > 0);
  const place = (value: number): number => (isLog ? Math.log(value) : value);
  const [low, high] = [Math.min(...finite.map(place)), Math.max(...finite.map(place))];
  const span = high - low || 1;
  let pen = 'M';
  let path = '';
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) {
      pen = 'M';
      return;
    }
    const x = (i / (values.length - 1)) * width;
    const y = height - ((place(value) - low) / span) * height;
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  });
  return path;
}
