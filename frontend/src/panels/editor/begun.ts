/** How the weights of a part begin, and what it could begin with instead. */

import type { Catalogue, Inspection, Job } from '../../wire/schema';
import { settingsOfEntry } from './settings';
import type { Setting } from './settings';

export type Init = Job['init'][string];

/** What is said of a part, or else of the innermost block around it; null: nothing, it begins as torch's layers do. */
export function initOf(said: Job['init'], path: string): Init | null {
  const steps = path.split('.');
  const around = steps.map((_, i) => said[steps.slice(0, i + 1).join('.')]);
  return around.findLast((each) => each !== undefined) ?? null;
}

/** Kinds that the weights of a part have axes enough for. */
export function kindsFor(
  catalogue: Catalogue | null,
  inspection: Inspection | null,
  path: string,
): string[] {
  const inside = (inspection?.nodes ?? []).filter(
    (node) => node.path === path || node.path.startsWith(`${path}.`),
  );
  const axes = inside
    .flatMap((node) => Object.entries(node.parameter_shapes))
    .filter(([name]) => !(name.split('.').at(-1) ?? '').includes('bias'))
    .map(([, shape]) => shape.length);
  const most = Math.max(0, ...axes);
  return (catalogue?.init ?? []).filter((entry) => entry.axes <= most).map(({ kind }) => kind);
}

/** Its settings, as something to be edited. */
export function initSettings(catalogue: Catalogue | null, init: Init): Setting[] {
  const entry = catalogue?.init.find(({ kind }) => kind === init.kind);
  return settingsOfEntry(entry, init);
}
