/** The gallery: which networks are shown together, in which order, and which a search finds. */

import type { PresetAnswer } from '../wire/schema';

export interface Group {
  family: string;
  presets: PresetAnswer[];
}

/** Networks by topic; topics and what is in them in the order of their years. */
export function groupsOf(presets: readonly PresetAnswer[], query = ''): Group[] {
  const found = presets.filter((preset) => isFound(preset, query)).sort(byYear);
  const families = [...new Set(found.map(({ family }) => family))];
  return families.map((family) => ({
    family,
    presets: found.filter((preset) => preset.family === family),
  }));
}

/** Networks of one plan: the paper's sizes by year, then the pocket twin. */
export function relativesOf(
  presets: readonly PresetAnswer[],
  preset: PresetAnswer,
): PresetAnswer[] {
  return presets.filter((other) => planOf(other) === planOf(preset)).sort(byYear);
}

/** How many bytes one step of training takes with so many examples at once, by Adam. */
export function needed({ memory }: Pick<PresetAnswer, 'memory'>, examples: number): number {
  const { parameters, gradients, optimizer, activations } = memory;
  return parameters + gradients + optimizer + examples * activations;
}

function planOf(preset: PresetAnswer): string {
  return preset.twin ?? preset.id;
}

/** Of one year, what is as published first; of one plan, so does its pocket twin follow. */
function byYear(a: PresetAnswer, b: PresetAnswer): number {
  return (
    a.year - b.year ||
    planOf(a).localeCompare(planOf(b)) ||
    a.size.localeCompare(b.size) ||
    a.parameters - b.parameters ||
    a.id.localeCompare(b.id)
  );
}

/** Whether each word stands in what is told of it: `resnet`, `1998`, `pocket`, `szegedy`. */
function isFound(preset: PresetAnswer, query: string): boolean {
  const { id, title, name, year, source, size, family, summary } = preset;
  const text = [id, title, name, year, source, size, family, summary].join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
