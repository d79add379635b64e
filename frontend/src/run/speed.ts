/** What a measurement of speed by the size of the batch says. */

import { setting } from '../graph/number';
import type { Slot } from '../messages/say';
import type { Speeds } from '../wire/schema';

type Line = Speeds['lines'][number];

/** The size that is spoken of: that of most lectures, or the largest that there was time for. */
const SPOKEN = 64;

/** How much faster per example many at a time are than one at a time; null where only one size was measured. */
export function gainOf(line: Line): Record<string, Slot> | null {
  const at = line.sizes.includes(SPOKEN) ? line.sizes.indexOf(SPOKEN) : line.sizes.length - 1;
  const [one, many, size] = [line.rates[0], line.rates[at], line.sizes[at]];
  if (!one || !many || !size || size === 1) return null;
  return { size, times: times(many / one), one: rough(one), many: rough(many) };
}

/** What trains the run, and how much faster than the reference that is at a size of the batch. */
export function engineOf(lines: readonly Line[], batch: number): Record<string, Slot> {
  const [first] = lines;
  const plain = lines.find(({ engine, device }) => engine === 'plain' && device === first?.device);
  const size = first?.sizes.findLast((each) => each <= batch) ?? 1;
  const rate = (line: Line | undefined): number => line?.rates[line.sizes.indexOf(size)] ?? NaN;
  return {
    engine: first?.engine ?? 'plain',
    size,
    times: times(rate(first) / rate(plain)),
  };
}

/** A rate in three digits: more of it is chance. */
function rough(rate: number): number {
  return Math.round(Number(rate.toPrecision(3)));
}

/** A factor in two digits. */
function times(factor: number): string {
  return setting(Number(factor.toPrecision(2)));
}
