/** What the editor's buttons and keys do. */

import { say } from '../../messages/say';
import type { Tank } from '../../run/tank.svelte';
import type { Effect } from '../../wire/schema';

/** Let the run go on with the network as edited, and say what became of what was learned. */
export async function applyDraft(tank: Tank): Promise<void> {
  const effect = await tank.draft.apply();
  if (effect) tank.notices.say('editor.applied', { step: effect.step, ...tally(effect) });
}

/** Of how many tensors of the new network something was kept, and how many settings went with their layers. */
export function tally({
  parameters,
  values,
}: Effect): Record<'all' | 'kept' | 'new' | 'lost', number> {
  const fates = Object.values(parameters).filter((fate) => fate !== 'gone');
  const fresh = fates.filter((fate) => fate === 'new').length;
  const lost = Number(values['unrated'] ?? 0) + Number(values['uninit'] ?? 0);
  return { all: fates.length, kept: fates.length - fresh, new: fresh, lost };
}

/** Take the edits back; where there are none, leave editing. */
export function discardDraft(tank: Tank): void {
  if (tank.draft.isPending || tank.draft.foreign) tank.draft.discard(say('editor.discarded'));
  else tank.cursor.set({ edit: false });
}
