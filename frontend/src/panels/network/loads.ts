/** What the chosen cell gets from every map or unit that it sees: its products, added up by where they come from. */

import type { Choice } from '../../graph/choice';
import { originOf, sizeOf, unitsOf } from '../../graph/stages';
import type { Entrance, Stage } from '../../graph/stages';
import type { Frame } from '../../wire/frame';

/** Sums of products by the name of a source and its unit, counted from 0: `pool1.3`. */
export type Loads = ReadonlyMap<string, number>;

const NONE: Loads = new Map();

/** Read a frame of `contrib`; nothing if it is of another cell. */
export function loadsOf(
  frame: Frame | null,
  chosen: Choice | null,
  { stages, entrances }: { stages: readonly Stage[]; entrances: readonly Entrance[] },
): Loads {
  const products = frame?.array('product', chosen?.stage.path);
  if (!frame || !products || !isOf(frame.details, chosen)) return NONE;
  const sources = frame.details['sources'] as string[];
  const numbers = frame.details['units'] as number[];
  const cells = new Map<string, { origin: string; per: number }>();
  for (const source of new Set(sources)) cells.set(source, measure(source, stages, entrances));
  const loads = new Map<string, number>();
  sources.forEach((source, i) => {
    const { origin, per } = cells.get(source) ?? { origin: source, per: 1 };
    const key = loadKey(origin, Math.floor((numbers[i] ?? 0) / per));
    loads.set(key, (loads.get(key) ?? 0) + (products.values[i] ?? 0));
  });
  return loads;
}

function isOf(details: Frame['details'], chosen: Choice | null): boolean {
  const place = chosen?.place ?? null;
  return details['unit'] === chosen?.unit && (place === null || details['place'] === place);
}

export function loadKey(path: string, unit: number): string {
  return `${path}.${unit}`;
}

/** How many numbers of a source belong to one of its units. */
function measure(source: string, stages: readonly Stage[], entrances: readonly Entrance[]) {
  const origin = originOf(source, stages);
  const spec =
    stages.find(({ path }) => path === origin)?.output ??
    entrances.find(({ name }) => name === origin)?.spec ??
    null;
  return { origin, per: Math.max(1, sizeOf(spec) / unitsOf(spec)) };
}
