/** Making room: a server keeps only so many runs of one person. */

import { deleteRun, listRuns } from '../wire/rest';

const AT_ONCE = 16;

/** Delete the oldest runs that stand still, but never `kept`; says how many. */
export async function deleteOldest(kept: string): Promise<number> {
  const { total } = await listRuns(0, 1);
  const { items } = await listRuns(Math.max(0, total - 2 * AT_ONCE), 2 * AT_ONCE);
  const oldest = items
    .toReversed()
    .filter(({ id, state, shared }) => id !== kept && state !== 'running' && !shared)
    .slice(0, AT_ONCE);
  await Promise.all(oldest.map(({ id }) => deleteRun(id)));
  return oldest.length;
}
