/** Settings of a layer as something to be edited, from the catalogue's schema. */

import type { Layer } from '../../graph/edit';
import type { Range, Scale } from '../../graph/notch';
import type { SettingSchema } from '../../run/words';
import { rangeOf, scaleOf, settingsOf } from '../../run/words';
import type { Catalogue } from '../../wire/schema';

interface Base {
  name: string;
  help: string;
}

export interface NumberSetting extends Base {
  kind: 'number';
  value: number | null;
  /** What is meant where there is no value; null: there has to be one. */
  usual: number | null;
  range: Range;
  scale: Scale;
}

export interface ChoiceSetting extends Base {
  kind: 'choice';
  value: string;
  options: readonly { value: string; label: string }[];
  read: (value: string) => unknown;
}

export interface TextSetting extends Base {
  kind: 'text';
  value: string;
  /** What is meant by a text; undefined: nothing. */
  read: (text: string) => unknown;
}

export type Setting = NumberSetting | ChoiceSetting | TextSetting;

interface Schema extends SettingSchema {
  anyOf?: Schema[];
  items?: Schema;
}

/** Widths move faster than windows. */
const WIDE = 2048;

/** All settings of a layer, in the order of the catalogue. */
export function settings(catalogue: Catalogue | null, layer: Layer): Setting[] {
  const entry = catalogue?.layers.find(({ kind }) => kind === layer.kind);
  return settingsOfEntry(entry, layer);
}

/** All settings of something that was picked from a shelf. */
export function settingsOfEntry(
  entry: { settings: Record<string, unknown> } | undefined,
  values: Record<string, unknown>,
): Setting[] {
  return Object.entries(settingsOf(entry)).map(([name, schema]) =>
    settingOf(name, schema as Schema, values),
  );
}

function settingOf(name: string, schema: Schema, values: Record<string, unknown>): Setting {
  const base = { name, help: schema.description ?? name };
  return described(base, schema, values[name] ?? schema.default ?? null, values);
}

function described(
  base: Base,
  schema: Schema,
  value: unknown,
  values: Record<string, unknown>,
): Setting {
  if (schema.enum) return choice(base, schema.enum, written(value));
  if (schema.type === 'boolean') return flag(base, value === true);
  const kinds = schema.anyOf ?? [schema];
  const numeric = kinds.some(isText) ? undefined : kinds.find(isNumeric);
  if (!numeric) return text(base, schema, value);
  const usual = kinds.length > 1 ? Number(values['kernel_size'] ?? 1) : null;
  const number = typeof value === 'number' ? value : null;
  return { ...base, kind: 'number', value: number, usual, ...movement(numeric) };
}

const isNumeric = ({ type }: Schema): boolean => type === 'integer' || type === 'number';
const isText = ({ type }: Schema): boolean => type === 'string' || type === 'array';

function written(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function movement(schema: Schema): { range: Range; scale: Scale } {
  const range = rangeOf(schema);
  const isWide = schema.type === 'integer' && range.high > WIDE;
  return { range, scale: isWide ? 'whole' : scaleOf(schema) };
}

function flag(base: Base, value: boolean): ChoiceSetting {
  const options = ['yes', 'no'].map((each) => ({ value: each, label: each }));
  return {
    ...base,
    kind: 'choice',
    value: value ? 'yes' : 'no',
    options,
    read: (each) => each === 'yes',
  };
}

function choice(base: Base, values: readonly string[], value: string): ChoiceSetting {
  const options = values.map((each) => ({ value: each, label: each }));
  return { ...base, kind: 'choice', value, options, read: (each) => each };
}

const AXIS = /^[A-Z][A-Za-z0-9_]{0,15}$/;

/** Axes by name or number, sizes, or lists of such; written with commas. */
function text(base: Base, schema: Schema, value: unknown): TextSetting {
  const isList = schema.type === 'array';
  const canBeNone = schema.anyOf?.some(({ type }) => type === 'null') ?? false;
  const read = (written: string): unknown => {
    const words = written.split(/[\s,×]+/).filter(Boolean);
    const meant = words.map((word) => (AXIS.test(word) ? word : whole(word)));
    if (meant.includes(undefined)) return undefined;
    if (isList) return meant.length ? meant : undefined;
    if (!meant.length && canBeNone) return null;
    return meant.length === 1 ? meant[0] : undefined;
  };
  return { ...base, kind: 'text', value: written(value), read };
}

function whole(word: string): number | undefined {
  return /^[-−]?\d{1,9}$/.test(word) ? Number(word.replace('−', '-')) : undefined;
}
