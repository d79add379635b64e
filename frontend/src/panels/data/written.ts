/** Data that a person writes down: which shelf entry takes them, and how they begin. */

import type { SettingSchema } from '../../run/words';
import { settingsOf } from '../../run/words';
import type { Catalogue, DatasetEntry, Job } from '../../wire/schema';

/** A shelf entry that is made of a text. */
export interface Written {
  entry: DatasetEntry;
  text: SettingSchema;
  /** In what pieces it can be cut, where that can be chosen. */
  cuts: readonly string[];
  /** The settings that it has now, or begins with: all of them, the text, and how that is cut. */
  now: { dataset: object; text: string; tokens: string };
}

/** The entry that a network for these data could learn from as well: of the same inputs, and the same is to be said. */
export function writtenFor(catalogue: Catalogue | null, { dataset }: Job): Written | null {
  const entries = catalogue?.datasets ?? [];
  const used = entries.find(({ kind }) => kind === dataset.kind);
  const names = (entry: DatasetEntry): string => Object.keys(entry.inputs).sort().join();
  const entry = entries.find(
    (each) =>
      settingsOf(each)['text']?.type === 'string' &&
      each.target === used?.target &&
      names(each) === names(used),
  );
  if (!entry) return null;
  const settings = settingsOf(entry);
  const usual = Object.entries(settings).map(([name, { default: value }]) => [name, value]);
  const own = entry.kind === dataset.kind ? dataset : { kind: entry.kind };
  const all: Record<string, unknown> = { ...(Object.fromEntries(usual) as object), ...own };
  const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    entry,
    text: settings['text'] ?? {},
    cuts: settings['tokens']?.enum ?? [],
    now: { dataset: all, text: wordOf(all['text']), tokens: wordOf(all['tokens']) },
  };
}
