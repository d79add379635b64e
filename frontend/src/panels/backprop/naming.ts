/** What cards and cables of the graph of tensors are called, on screen and aloud. */

import { sizesText } from '../../graph/amounts';
import type { Amount } from '../../graph/amounts';
import { titleOf } from '../../graph/stages';
import type { Cable, TracedCard } from '../../graph/traced';
import { say } from '../../messages/say';
import type { Operation } from '../../wire/capture';
import { cardFor } from './cards';
import type { TensorGraph } from './tensor-graph.svelte';

export interface Naming {
  title: string;
  /** What stands under it. */
  kind: string;
  /** With the name that torch has for it. */
  hint: string;
}

/** What a card is called: functions by their sign, with torch's name as a hint. */
export function namingOf(graph: TensorGraph, card: TracedCard): Naming {
  if (card.sort === 'fold' || card.sort === 'frame') {
    const kind = say('backprop.fold', { kind: card.kind, count: card.operations });
    return { title: foldTitle(card), kind, hint: '' };
  }
  const kind = say(`backprop.kind.${card.kind}`);
  const operation = operationOf(graph, card);
  const entry = operation && cardFor(graph.tank, operation.title);
  if (!operation || !entry) return { title: card.title, kind, hint: operation?.op ?? '' };
  const hint = say('backprop.operation', { title: entry.title, op: operation.op, kind });
  return { title: entry.symbol, kind: entry.title, hint };
}

/** What a card calls, or what made the nameless value that it stands for. */
function operationOf({ atlas }: TensorGraph, { of }: TracedCard): Operation | undefined {
  return atlas.operations.get(of) ?? (atlas.values.get(of)?.name ? undefined : atlas.maker.get(of));
}

function foldTitle({ id, title }: TracedCard): string {
  if (!id.startsWith('~')) return titleOf(title);
  return say(id === '~loss' ? 'backprop.loss' : 'backprop.penalty');
}

/** A cable in words: where it leads, and of each tensor in it shape, value and gradient. */
export function sayingOf(
  graph: TensorGraph,
  cable: Cable,
  amounts: ReadonlyMap<string, Amount>,
): string {
  const end = graph.card(cable.to);
  const to = end ? namingOf(graph, end).title : '';
  const told = cable.forward.map((id) => {
    const value = graph.atlas.values.get(id);
    return [value && sizesText(value), amountText(amounts.get(id))].filter(Boolean).join(' ');
  });
  const back = cable.back.flatMap((id) => amountText(amounts.get(id)) || []);
  return [
    say(cable.isSaved ? 'backprop.cable.kept' : 'backprop.cable.to', { to }),
    ...told.filter(Boolean),
    ...back.map((gradient) => say('backprop.cable.gradient', { gradient })),
  ].join(', ');
}

function amountText(amount: Amount | undefined): string {
  if (!amount) return '';
  return amount.isOne ? amount.text : say('backprop.rms', { value: amount.text });
}
