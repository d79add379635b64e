/** Which questions can be asked of a unit. */

import type { Choice } from '../../graph/choice';
import type { Show } from '../../graph/cursor';
import type { Ground } from '../../graph/portrait';
import { weightOf } from '../../graph/stages';
import type { Stage } from '../../graph/stages';

export type LensName = 'arithmetic' | 'hidden' | 'activation' | 'loss' | 'history' | 'gradients';

/** List the lenses that apply to a unit, in their order. */
export function lensesFor(choice: Choice, stages: readonly Stage[], ground: Ground): LensName[] {
  const { stage } = choice;
  const adds = weightOf(stage) !== null || /^(Conv|AvgPool|MaxPool)/.test(stage.kind);
  const bends = ground !== 'none' && stages.some((each) => !each.isOutput);
  const applies: [LensName, boolean][] = [
    ['arithmetic', adds],
    ['hidden', bends],
    ['activation', stage.activations.length > 0],
    ['loss', stage.isOutput],
    ['history', weightOf(stage) !== null],
    ['gradients', weightOf(stage) !== null],
  ];
  return applies.flatMap(([name, does]) => (does ? [name] : []));
}

/** The lens that is open: the one at the cursor if it applies, else the first that does. */
export function openLens(
  wanted: string | null,
  known: readonly LensName[],
  show: Show,
): LensName | null {
  const first = show === 'gradients' && known.includes('gradients') ? 'gradients' : known[0];
  return known.find((name) => name === wanted) ?? first ?? null;
}
