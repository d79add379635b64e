/** Which change costs most of what is right by itself. */

import { percent } from '../../../graph/number';
import type { Both } from '../../../run/ablating.svelte';
import type { AblationRow } from '../../../wire/schema';

/** Say it of those that were measured; null: none was. */
export function worstOf(
  found: readonly { offer: Pick<AblationRow, 'title'>; both: Both | null }[],
): { key: string; values: Record<string, string | number> } | null {
  const [worst] = found
    .flatMap(({ offer, both }) => (both ? [{ title: offer.title, ...both }] : []))
    .toSorted((a, b) => b.here.own - b.there.own - (a.here.own - a.there.own));
  if (!worst) return null;
  const { title, here, there } = worst;
  return {
    key: here.own > there.own ? 'lens.what_if.worst' : 'lens.what_if.harmless',
    values: {
      title,
      here: percent(here.own, 1),
      there: percent(there.own, 1),
      examples: here.examples,
      step: here.step,
    },
  };
}
