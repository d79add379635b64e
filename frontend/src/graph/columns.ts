/** Order in the spine: which column a stage stands in, which of two comes first, which units are shown. */

import { isMask, isQuiet } from './rails';
import { shownOrigin } from './stages';
import type { Entrance, Stage } from './stages';

/** Put stages and inputs into columns: each to the right of all that feeds it, inputs just before their readers. */
export function columnsOf(stages: readonly Stage[], entrances: readonly Entrance[]): string[][] {
  const drawn = stages.filter((stage) => (!stage.rearranges || stage.isOutput) && !isQuiet(stage));
  const depth = new Map<string, number>();
  const readers = new Map<string, number>();
  for (const stage of drawn) {
    const origins = stage.sources.map((source) => shownOrigin(source, stages));
    const level = 1 + Math.max(0, ...origins.map((origin) => depth.get(origin) ?? 0));
    depth.set(stage.path, level);
    for (const origin of origins)
      readers.set(origin, Math.min(readers.get(origin) ?? Infinity, level));
  }
  const columns: string[][] = [];
  const put = (path: string, level: number): void => {
    const column = columns[level];
    if (column) column.push(path);
    else columns[level] = [path];
  };
  for (const { name, spec } of entrances)
    if (!isMask(spec)) put(name, (readers.get(name) ?? 1) - 1);
  for (const stage of drawn) put(stage.path, depth.get(stage.path) ?? 1);
  return untangled(
    columns.filter(({ length }) => length),
    stages,
  );
}

/** Order each column by where its sources stand in the columns before, so that wires cross less. */
function untangled(columns: string[][], stages: readonly Stage[]): string[][] {
  const height = new Map<string, number>();
  return columns.map((column) => {
    const wish = (path: string, i: number): number => {
      const sources = stages.find((stage) => stage.path === path)?.sources ?? [];
      const known = sources
        .map((source) => height.get(shownOrigin(source, stages)) ?? NaN)
        .filter(Number.isFinite);
      return known.length
        ? known.reduce((sum, at) => sum + at, 0) / known.length
        : (i + 0.5) / column.length;
    };
    const ordered = column
      .map((path, i) => ({ path, wish: wish(path, i), i }))
      .sort((a, b) => a.wish - b.wish || a.i - b.i)
      .map(({ path }) => path);
    ordered.forEach((path, i) => height.set(path, (i + 0.5) / ordered.length));
    return ordered;
  });
}

/** Units of a stage whose pictures vary most, first those; near ones in the order of their numbers, to keep still. */
export function byActivity(values: ArrayLike<number>, units: number): number[] {
  const size = Math.floor(values.length / Math.max(1, units));
  const spread = Array.from({ length: units }, (_, unit) => {
    let [sum, squares] = [0, 0];
    for (let i = unit * size; i < (unit + 1) * size; i++) {
      const value = values[i] ?? 0;
      sum += value;
      squares += value * value;
    }
    const deviation = Math.sqrt(Math.max(0, squares / size - (sum / size) ** 2));
    return Math.round(3 * Math.log2(1 + deviation));
  });
  return spread.map((_, unit) => unit).sort((a, b) => (spread[b] ?? 0) - (spread[a] ?? 0) || a - b);
}
