/** What a run is called: by what was changed since it was forked, else by its title. */

import { setting } from '../graph/number';
import { has, say } from '../messages/say';
import type { Catalogue, Difference, Run } from '../wire/schema';
import { find, settingName } from './settings';

type Named = Pick<Run, 'title' | 'parent' | 'forked_at' | 'changes'>;

/** So many changes are spoken; of more, the rest is counted. */
const SPOKEN = 2;
/** Changes that say least: how long it goes on, and what computes it. They are spoken where nothing else was changed. */
const LEAST = new Set(['steps', 'engine', 'device']);

/** The name of a run, as `η 0.1 → 0.3 from step 448`. */
export function nameOf(run: Named, catalogue: Catalogue | null = null): string {
  return changesOf(run, catalogue) ?? forkOf(run) ?? run.title;
}

/** The title, and behind it what sets this run apart; one of them where there is no more to say. */
export function fullNameOf(run: Named, catalogue: Catalogue | null = null): string {
  const apart = changesOf(run, catalogue) ?? forkOf(run);
  return apart === null ? run.title : say('naming.full', { title: run.title, apart });
}

/** What was changed since the fork, in words; null if nothing was. */
function changesOf(run: Named, catalogue: Catalogue | null): string | null {
  const told = worthTelling(run.changes);
  if (!told.length) return null;
  const step = Math.max(...told.map((change) => change.step ?? run.forked_at ?? 0));
  const what = listed(told, catalogue);
  return step > 0 ? say('naming.from', { what, step }) : what;
}

function forkOf(run: Named): string | null {
  if (run.parent === null) return null;
  return say('naming.fork', { step: run.forked_at ?? 0 });
}

/** Changes that name a run: all, without those that say little. */
export function worthTelling(changes: readonly Difference[]): Difference[] {
  const others = changes.filter(({ key }) => !LEAST.has(key));
  return others.length ? others : [...changes];
}

/** Some differences in a row: `η 0.1 → 0.3, batch 16 → 64 and 2 more`. */
export function listed(
  changes: readonly Difference[],
  catalogue: Catalogue | null = null,
  most = SPOKEN,
): string {
  const spoken = changes.slice(0, most).map((change) => differenceText(change, catalogue));
  const more = changes.length - spoken.length;
  const text = spoken.join(', ');
  return more > 0 ? say('naming.more', { text, more }) : text;
}

/** One difference: `η 0.1 → 0.3`, `loss squared error → cross-entropy`, `3 points edited`. */
export function differenceText(change: Difference, catalogue: Catalogue | null = null): string {
  const { key, before, after } = change;
  if (key === 'dataset.edits') return say('naming.points', { count: Number(after) || 0 });
  const name = keyName(key);
  const [from = '', to = ''] = [before, after].map((value) => valueText(key, value, catalogue));
  if (before === null && after === null) return say('naming.other', { name });
  if (before === null) return say('naming.added', { name, value: to });
  if (after === null) return say('naming.removed', { name });
  return say('naming.changed', { name, before: from, after: to });
}

function keyName(key: string): string {
  const spoken = `naming.key.${key}`;
  if (has(spoken)) return say(spoken);
  const [section = '', ...rest] = key.split('.');
  const last = rest.at(-1);
  if (section === 'init') return say('naming.init', { name: rest.join('.') });
  if (section === 'graph') return rest.slice(0, last === 'out_features' ? -1 : undefined).join(' ');
  if (last === undefined || last === 'kind') return section;
  return settingName(last).replace(/\s*=$/, '');
}

/** A value as people write it: a number, or the title of what was picked from a shelf. */
function valueText(key: string, value: unknown, catalogue: Catalogue | null): string {
  if (typeof value === 'number') return setting(value);
  if (typeof value === 'boolean') return say(value ? 'naming.on' : 'naming.off');
  if (Array.isArray(value)) return String(value.length);
  const text = typeof value === 'string' ? value : '';
  return key.endsWith('.kind') && catalogue ? titleOf(key, text, catalogue) : text;
}

const SHELVES = {
  dataset: 'datasets',
  loss: 'losses',
  optimizer: 'optimizers',
  regulariser: 'regularisers',
  schedule: 'schedules',
  task: 'tasks',
} as const;

function titleOf(key: string, kind: string, catalogue: Catalogue): string {
  const section = key.split('.')[0] as keyof typeof SHELVES;
  const shelf = SHELVES[section] as (typeof SHELVES)[keyof typeof SHELVES] | undefined;
  if (!shelf) return kind;
  const entries: readonly { kind: string; title: string }[] = catalogue[shelf];
  return find(entries, kind)?.title ?? kind;
}
