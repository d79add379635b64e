/** What the address of a comparison says: which runs, by what their curves are aligned, and which example is followed;
 *  or which two networks of the gallery. */

import { ALIGNMENTS } from './align';
import type { Alignment } from './align';

export interface Compared {
  runs: string[];
  /** Instead of runs: two networks of the gallery. */
  presets: string[];
  align: Alignment;
  example: number | null;
}

/** So many runs have a hue and a mark of their own. */
export const MOST = 5;

export function readCompared(query: string): Compared {
  const search = new URLSearchParams(query);
  const runs = (search.get('runs') ?? '').split(',').filter((id) => /^[a-z0-9]{4,32}$/.test(id));
  const align = ALIGNMENTS.find((name) => name === search.get('align')) ?? 'step';
  const example = /^\d{1,15}$/.test(search.get('ex') ?? '') ? Number(search.get('ex')) : null;
  const presets = (search.get('presets') ?? '')
    .split(',')
    .filter((id) => /^[a-z0-9-]{1,40}$/.test(id));
  return { runs: [...new Set(runs)].slice(0, MOST), presets: presets.slice(0, 2), align, example };
}

/** Defaults are left out. */
export function comparedAddress({ runs, presets, align, example }: Compared): string {
  const parts = [
    runs.length ? `runs=${runs.join(',')}` : '',
    presets.length ? `presets=${presets.join(',')}` : '',
    align === 'step' ? '' : `align=${align}`,
    example === null ? '' : `ex=${example}`,
  ].filter(Boolean);
  return `/compare${parts.length ? `?${parts.join('&')}` : ''}`;
}

/** Where the run at the cursor is compared with the one it was forked from; or, if with none, with which is asked. */
export function comparing({
  run,
  cursor,
}: {
  run: { id: string; parent: string | null };
  cursor: { example: number | null };
}): string {
  const runs = run.parent === null ? [run.id] : [run.parent, run.id];
  return comparedAddress({ runs, presets: [], align: 'step', example: cursor.example });
}
