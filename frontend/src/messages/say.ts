/** Sentences with numbers and names in them. All words of the page are in `en.json`. */

import { IntlMessageFormat } from 'intl-messageformat';

import { count, four } from '../graph/number';
import words from './en.json';

/** What may stand in a sentence: a number or name, or something of a panel's own (a control), in `parts` only. */
export type Slot = string | number | object;
/** A piece of a sentence: text, emphasised pieces, or what was put into a slot. */
export type Part = string | Bold | Maths | { slot: object };
/** `<b>` in a message: the number that matters. */
export interface Bold {
  bold: Part[];
}
/** `<i>` in a message: letters of mathematics. */
export interface Maths {
  maths: Part[];
}

interface Dictionary {
  [key: string]: string | Dictionary;
}
type Ast = ReturnType<IntlMessageFormat['getAst']>;

/** Number of `{x}` among the kinds of element; the parser's own list of them is not exported to here. */
const ARGUMENT = 1;
const SHOWN = '*';
const formats = new Map<string, IntlMessageFormat>();

/** Whether there is a message of this key. */
export function has(key: string): boolean {
  return find(key) !== undefined;
}

/** Say a sentence as plain text. */
export function say(key: string, values: Record<string, Slot> = {}): string {
  return flat(parts(key, values));
}

/** Say a sentence in pieces: text, bold pieces, slots. */
export function parts(key: string, values: Record<string, Slot> = {}): Part[] {
  const format = formats.get(key) ?? compile(key);
  const bold = (chunks: unknown[]): Bold => ({ bold: chunks.flatMap(piece) });
  const maths = (chunks: unknown[]): Maths => ({ maths: chunks.flatMap(piece) });
  const result = format.formatToParts<object>({
    ...shown(values),
    b: bold as never,
    i: maths as never,
  });
  return result.flatMap((part) => piece(part.value));
}

function flat(pieces: readonly Part[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : flat(inside(piece)))).join('');
}

/** What a marked piece holds; slots are not text. */
function inside(piece: Exclude<Part, string>): Part[] {
  if ('bold' in piece) return piece.bold;
  return 'maths' in piece ? piece.maths : [];
}

function piece(value: unknown): Part[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [String(value)];
  if (Array.isArray(value)) return value.flatMap(piece);
  if ('bold' in value || 'maths' in value || 'slot' in value) return [value as Part];
  return [{ slot: value }];
}

function find(key: string): string | undefined {
  let at: string | Dictionary | undefined = words;
  for (const step of key.split('.')) at = typeof at === 'object' ? at[step] : undefined;
  return typeof at === 'string' ? at : undefined;
}

/** Plain arguments show numbers as people read them; plurals and choices get the numbers themselves. */
function compile(key: string): IntlMessageFormat {
  const ast = new IntlMessageFormat(find(key) ?? key, 'en').getAst();
  mark(ast);
  const format = new IntlMessageFormat(ast, 'en');
  formats.set(key, format);
  return format;
}

function mark(ast: Ast): void {
  for (const element of ast) {
    const type: number = element.type;
    if (type === ARGUMENT && 'value' in element) element.value += SHOWN;
    if ('options' in element)
      for (const option of Object.values(element.options)) mark(option.value);
    if ('children' in element) mark(element.children);
  }
}

function shown(values: Record<string, Slot>): Record<string, Slot> {
  const result: Record<string, Slot> = { ...values };
  for (const [name, value] of Object.entries(values)) {
    const number = typeof value === 'number';
    result[name + SHOWN] = number ? (Number.isInteger(value) ? count(value) : four(value)) : value;
  }
  return result;
}
