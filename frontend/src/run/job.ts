/** Jobs as documents: laying changes over them, as the server does. */

import type { Job } from '../wire/schema';

/** Entries of a job, nested or dotted: `{"optimizer.lr": 0.1}`. */
export type Changes = Record<string, unknown>;
type Document = Record<string, unknown>;

/** One entry of a job that is picked from a shelf: its kind and its settings. */
export type Section = { kind: string } & Document;

/** Read an entry that is picked from a shelf. */
export function section(job: Job, name: string): Section {
  return (job as unknown as Record<string, Section>)[name] ?? { kind: '' };
}

/** Lay changes over a job. A change of `kind` replaces the entry, as other kinds have other settings. */
export function mergeJob(job: Job, changes: Changes): Job {
  return merge(job, changes) as unknown as Job;
}

/** Entries whose keys are names of the user's own: they are replaced, not merged. */
const WHOLE = new Set(['graph', 'rates', 'init']);

function merge(document: Document, changes: Changes): Document {
  const result = { ...document };
  for (const [key, value] of Object.entries(changes)) {
    const [head = '', ...rest] = key.split('.');
    const at = rest.join('.');
    const old = isDocument(result[head]) ? result[head] : null;
    const change = at ? { [at]: value } : value;
    result[head] = WHOLE.has(head) ? whole(old, at, change) : nested(old, change);
  }
  return result;
}

function whole(old: Document | null, at: string, change: unknown): unknown {
  return at && isDocument(change) ? { ...old, ...change } : change;
}

function nested(old: Document | null, change: unknown): unknown {
  if (!old || !isDocument(change)) return change;
  return merge('kind' in change && change['kind'] !== old['kind'] ? {} : old, change);
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
