/** Making words: from what a shelf says of a setting and what a job says of it. */

import { has, say } from '../messages/say';
import type { Section } from './job';
import { rangeOf, scaleOf } from './words';
import type { ChoiceWord, NumberWord, SettingSchema, Word } from './words';

/** The word of one setting; null if it is neither a number nor one of some. */
export function settingWord(
  name: string,
  setting: string,
  schema: SettingSchema,
  chosen: Section,
): Word | null {
  const id = `${name}.${setting}`;
  const value = chosen[setting] ?? schema.default;
  if (schema.enum) return enumWord(id, String(value), schema.enum, false, schema.description);
  if (typeof value !== 'number') return null;
  return numberWord(id, value, schema);
}

/** A number's word. */
export function numberWord(
  id: string,
  value: number,
  schema: SettingSchema,
  more: Partial<NumberWord> = {},
): NumberWord {
  return {
    kind: 'number',
    id,
    label: schema.description ?? settingName(id.split('.').at(-1) ?? id),
    fresh: false,
    value,
    range: rangeOf(schema),
    scale: scaleOf(schema),
    changes: (x) => ({ [id]: x }),
    ...more,
  };
}

/** The word of one of some names. */
export function enumWord(
  id: string,
  value: string,
  values: readonly string[],
  fresh: boolean,
  label?: string,
): ChoiceWord {
  const options = values.map((option) => ({
    value: option,
    label: option,
    ...(has(`recipe.help.${id}.${option}`) ? { help: say(`recipe.help.${id}.${option}`) } : {}),
    changes: { [id]: option },
  }));
  return { kind: 'choice', id, label: label ?? say(`recipe.label.${id}`), fresh, value, options };
}

/** How a setting is called: by the message file, else by its own name. */
export function settingName(setting: string, isListed = false): string {
  if (isListed && has(`recipe.listed.${setting}`)) return say(`recipe.listed.${setting}`);
  return has(`recipe.setting.${setting}`)
    ? say(`recipe.setting.${setting}`)
    : setting.replaceAll('_', ' ');
}

/** Find an entry of a shelf. */
export function find<T extends { kind: string }>(shelf: readonly T[], kind: string): T | undefined {
  return shelf.find((entry) => entry.kind === kind);
}
