/** Words of the recipe: settings of a job, each a choice or a number, with its bounds, help and what it changes. */

import type { Range, Scale } from '../graph/notch';
import type { Changes } from './job';

interface Base {
  /** Which setting it is: `optimizer.lr`. */
  id: string;
  /** What it is called, for those who do not see the sentence around it. */
  label: string;
  /** Whether a change begins a new run. */
  fresh: boolean;
}

export interface Option {
  value: string;
  label: string;
  help?: string;
  changes: Changes;
}

export interface ChoiceWord extends Base {
  kind: 'choice';
  value: string;
  options: Option[];
}

export interface NumberWord extends Base {
  kind: 'number';
  value: number;
  range: Range;
  scale: Scale;
  changes: (value: number) => Changes;
}

export type Word = ChoiceWord | NumberWord;
/** A piece of the recipe's sentence. */
export type Token = string | Word;

/** A setting as JSON Schema describes it. */
export interface SettingSchema {
  type?: string;
  enum?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  description?: string;
}

/** The settings of a shelf's entry, without its kind. */
export function settingsOf(
  entry: { settings: Record<string, unknown> } | undefined,
): Record<string, SettingSchema> {
  const properties = (entry?.settings['properties'] ?? {}) as Record<string, SettingSchema>;
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== 'kind'));
}

/** The bounds that a schema gives a number. */
export function rangeOf(schema: SettingSchema = {}): Range {
  const { minimum = -1e9, maximum = 1e9, exclusiveMinimum, exclusiveMaximum } = schema;
  return {
    low: exclusiveMinimum ?? minimum,
    high: exclusiveMaximum ?? maximum,
    aboveLow: exclusiveMinimum !== undefined,
    belowHigh: exclusiveMaximum !== undefined,
  };
}

/** How a number moves: whole ones one by one, those between narrow bounds evenly, all others in ratios. */
export function scaleOf(schema: SettingSchema | undefined): Scale {
  const { low, high } = rangeOf(schema);
  if (schema?.type === 'integer') return high - low > 10_000 ? 'ratio' : 'whole';
  return high - low <= 10 ? 'even' : 'ratio';
}
