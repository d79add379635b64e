/** What a card says of itself. */

import type { Card } from '../../../graph/diagram';
import { windowOf } from '../../../graph/layer';
import { count } from '../../../graph/number';
import { shapeText } from '../../../graph/stages';
import { say } from '../../../messages/say';
import { settingName } from '../../../run/settings';
import { settingsOf } from '../../../run/words';
import type { LayerEntry } from '../../../wire/schema';
import { kindName } from '../../network/words';

type Settings = Readonly<Record<string, unknown>>;

/** Settings that are said in words of their own. */
const SPOKEN = new Set([
  'out_channels',
  'kernel_size',
  'out_features',
  'padding',
  'stride',
  'bias',
]);

/** The kind and the settings that differ from what is usual: `6 of 5×5, pad 2`. */
export function wordsOf(card: Card, entry: LayerEntry | undefined): string {
  if (card.sort === 'input') return say('canvas.card.input');
  if (card.sort === 'output') return say('canvas.card.output');
  if (!card.layer) return say('canvas.card.block', { repeat: card.repeat });
  const { layer } = card;
  const unusual = Object.entries(settingsOf(entry)).flatMap(([name, schema]) => {
    const value = textOf(layer[name]);
    const isUsual = value === '' || value === textOf(schema.default);
    return SPOKEN.has(name) || isUsual ? [] : [`${settingName(name)} ${value}`];
  });
  return [headOf(layer, entry), ...attentionWords(card), ...unusual, ...windowWords(layer)].join(
    ', ',
  );
}

/** Self-attention or cross-attention, by whether both wires come from one place. */
function attentionWords({ ports }: Card): string[] {
  const [query, key] = ['query', 'key'].map((name) => ports.find(({ label }) => label === name));
  if (!query?.source || !key?.source) return [];
  return [say(query.source === key.source ? 'wires.self' : 'wires.cross')];
}

function windowWords({ padding, stride, kernel_size: size }: Settings): string[] {
  const words: string[] = [];
  if (padding) words.push(say('canvas.card.padding', { padding: textOf(padding) }));
  const isUsual = !stride || stride === 1 || stride === size;
  if (!isUsual) words.push(say('canvas.card.stride', { stride: textOf(stride) }));
  return words;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('×');
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
    ? String(value)
    : '';
}

function headOf(layer: Settings, entry: LayerEntry | undefined): string {
  const kind = String(layer['kind']);
  const schema = settingsOf(entry);
  const setting = (name: string): unknown => layer[name] ?? schema[name]?.default;
  const size = windowOf({ kernel_size: setting('kernel_size') });
  const channels = setting('out_channels');
  if (size !== null && typeof channels === 'number')
    return say('canvas.card.window', { count: channels, window: size });
  if (size !== null) return `${kindName(kind)} ${size}`;
  const units = setting('out_features');
  if (typeof units === 'number') return say('canvas.card.units', { count: units });
  return kindName(kind);
}

/** All of a card in one sentence, for those who do not see it. */
export function spokenOf(card: Card, words: string): string {
  const [first] = card.outlets;
  const trouble = card.problems[0]?.message;
  const parts = [
    card.title,
    words,
    first?.spec ? say('canvas.card.puts_out', { shape: shapeText(first.spec) }) : '',
    card.parameters ? say('canvas.card.parameters', { count: card.parameters }) : '',
    seesOf(card),
    trouble ?? '',
  ];
  return parts.filter(Boolean).join(', ');
}

/** What stands at the foot of a card. */
export function footOf(card: Card): string {
  if (card.sort === 'output' || card.elementwise) return '';
  const learned = card.parameters ? count(card.parameters) : '';
  return [learned, seesOf(card)].filter(Boolean).join(' · ') || say('canvas.card.none');
}

function seesOf({ field }: Card): string {
  const [rows, columns] = field ?? [];
  return rows && columns ? say('editor.sees', { rows, columns }) : '';
}
