/** Sequences in the spine: a rail of places, a row for each word, and what attends or remembers along it. */

import type { TensorSpec } from '../wire/schema';

const PLACES = new Set(['S', 'T']);
const FEATURES = new Set(['D', 'K']);
const ATTENTIVE = new Set([
  'MultiheadAttention',
  'AdditiveAttention',
  'MultiplicativeAttention',
  'AttentionGRU',
]);
const RECURRENT = new Set(['RNN', 'LSTM', 'GRU', 'AttentionGRU']);
/** What changes a rail little; where there are rails, it is drawn as a part of what comes before. */
const QUIET = new Set([
  'Add',
  'Dropout',
  'Identity',
  'LayerNorm',
  'PositionalEmbedding',
  'RMSNorm',
  'SinusoidalPositions',
]);

/** A part as it is drawn: what it is, what comes out of it, and whether an output of the network shows that. */
interface Drawn {
  kind: string;
  output: TensorSpec | null;
  isOutput: boolean;
}

/** Whether a tensor has features at every place of a sequence. */
export function isRail(spec: TensorSpec | null): boolean {
  const [place = '', feature = ''] = spec?.axes ?? [];
  return spec?.shape.length === 2 && PLACES.has(place) && FEATURES.has(feature);
}

/** Whether it is a row of words, each told by its number. */
export function isTokens(spec: TensorSpec | null): boolean {
  const [place = ''] = spec?.axes ?? [];
  return spec?.shape.length === 1 && PLACES.has(place) && spec.dtype.startsWith('int');
}

/** Whether it only says which places there are. */
export function isMask(spec: TensorSpec | null): boolean {
  return spec?.dtype === 'bool';
}

/** Whether places look at places here, with weights that can be seen. */
export function attends({ kind }: Pick<Drawn, 'kind'>): boolean {
  return ATTENTIVE.has(kind);
}

/** Whether a state goes along the places here. */
export function recurs({ kind }: Pick<Drawn, 'kind'>): boolean {
  return RECURRENT.has(kind);
}

/** Whether a stage is left out of the spine, as a part of what it reads last. */
export function isQuiet({ kind, output, isOutput }: Drawn): boolean {
  if (isMask(output)) return true;
  return !isOutput && isRail(output) && QUIET.has(kind);
}

/** How many places of a row of tokens are words: all but the padding behind them. */
export function lengthOf(tokens: ArrayLike<number>): number {
  let length = tokens.length;
  while (length > 1 && !tokens[length - 1]) length--;
  return length;
}
