/** Which questions can be asked of a unit: by the axes around it, never by the model. */

import type { Choice } from '../../graph/choice';
import type { Show } from '../../graph/cursor';
import type { Ground } from '../../graph/portrait';
import { attends, isRail, recurs } from '../../graph/rails';
import { weightOf } from '../../graph/stages';
import { hasFilters, mapsMaps, readsMaps, seesPictures } from './maps';
import type { Around } from './maps';

export type LensName =
  | SequenceLens
  | 'arithmetic'
  | 'filters'
  | 'field'
  | 'excite'
  | 'count'
  | 'hidden'
  | 'activation'
  | 'mask'
  | 'loss'
  | 'history'
  | 'gradients';

/** Questions to what goes along a sequence. */
export type SequenceLens = 'attention' | 'heads' | 'lines' | 'what_if' | 'stream' | 'through_time';

const SEQUENCE: ReadonlySet<string> = new Set<SequenceLens>([
  'attention',
  'heads',
  'lines',
  'what_if',
  'stream',
  'through_time',
]);

/** Whether a lens looks along a sequence. */
export function isSequenceLens(name: LensName | null): name is SequenceLens {
  return name !== null && SEQUENCE.has(name);
}

const isDropout = (kind: string): boolean => kind.startsWith('Dropout');

/** List the lenses that apply to a unit, in their order. */
export function lensesFor(choice: Choice, around: Around, ground: Ground): LensName[] {
  const { stage } = choice;
  const isOnMaps = mapsMaps(stage, around);
  // One unit of a sequence has a value at every place: no single sum, no single weight to follow.
  const along = isRail(stage.output);
  const learns = weightOf(stage) !== null || hasFilters(stage, around);
  const bends = ground !== 'none' && around.stages.some((each) => !each.isOutput);
  const applies: [LensName, boolean][] = [
    ...alongSequence(choice, around),
    ['arithmetic', (weightOf(stage) !== null && !along) || isOnMaps],
    ['filters', hasFilters(stage, around)],
    ['field', isOnMaps && seesPictures(around)],
    ['excite', seesPictures(around) && !along],
    ['count', stage.parameters > 0 && readsMaps(choice, around)],
    ['hidden', bends],
    ['activation', stage.activations.some((kind) => !isDropout(kind))],
    ['mask', [stage.kind, ...stage.activations].some(isDropout)],
    ['loss', stage.isOutput],
    ['history', learns && !along],
    ['gradients', learns && !along],
  ];
  return applies.flatMap(([name, does]) => (does ? [name] : []));
}

/** The lenses of what goes along a sequence, and whether each applies. */
function alongSequence({ stage }: Choice, { stages }: Around): [LensName, boolean][] {
  const looks = attends(stage);
  return [
    ['attention', looks],
    ['heads', looks],
    ['lines', looks],
    ['stream', looks && stages.some(({ kind }) => kind === 'Add')],
    ['what_if', looks],
    ['through_time', recurs(stage)],
  ];
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
