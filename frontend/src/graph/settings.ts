/** The settings of a layer as a line of text. */

import { setting } from './number';

/** What is left out: what each of its kind has, and what says nothing. */
const UNSPOKEN = new Set(['kind', 'eps', 'momentum', 'affine', 'start_axis', 'end_axis']);
/** What a setting is where nobody asks for another one: not worth a word. */
const USUAL: Readonly<Record<string, unknown>> = {
  padding: 0, dilation: 1, groups: 1, bias: true, stride: 1,
}; // prettier-ignore

/** `out 64, kernel 3, padding 1`. */
export function settingsText(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .filter(([name, value]) => value !== null && !UNSPOKEN.has(name) && USUAL[name] !== value)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');
}

/** One value, as short as it can be written. */
export function valueText(value: unknown): string {
  if (typeof value === 'number') return setting(value);
  if (Array.isArray(value)) return value.map(valueText).join('×');
  return value === null || value === undefined ? '–' : JSON.stringify(value).replaceAll('"', '');
}
