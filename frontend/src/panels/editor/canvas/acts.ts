/** What can be done to what is chosen. Each is one change of the document with a name for the list of edits, or nothing. */

import type { Spot } from '../../../graph/arrange';
import type { Card } from '../../../graph/diagram';
import {
  copied,
  fold,
  idFor,
  insertOnWire,
  paste,
  pastedIds,
  remove,
  setLayer,
  unfold,
} from '../../../graph/edit';
import type { Layer } from '../../../graph/edit';
import { join } from '../../../graph/parts';
import type { Part } from '../../../graph/parts';
import { say } from '../../../messages/say';
import type { Problem } from '../../../wire/schema';
import type { Board } from './board.svelte';
import { detach, endOf } from './wires';

/** Take what is chosen away: cards, or the wires alone. */
export function removeChosen(board: Board): void {
  const parts = board.selected.filter(({ sort }) => sort !== 'input' && sort !== 'output');
  const wires = board.edges.filter(({ selected }) => selected);
  if (!parts.length) {
    for (const { data } of wires) if (data) detach(board, data.link);
    return;
  }
  const next = neighbour(board, parts[0]?.id ?? '');
  const graph = parts.reduce((left, { id }) => remove(left, id), board.sheet.graph);
  board.change(named('canvas.did.remove', parts), graph);
  if (next) void board.go(next);
}

/** Where the keys go when a card is taken away. */
function neighbour(board: Board, id: string): string | null {
  const { links } = board.diagram;
  const gone = new Set(board.selected.map((card) => card.id));
  const near = [
    ...links.filter(({ to }) => to === id).map(({ from }) => from),
    ...links.filter(({ from }) => from === id).map(({ to }) => to),
  ];
  return near.find((each) => !gone.has(each)) ?? null;
}

/** What is chosen, as text for the clipboard. */
export function textOfChosen(board: Board): string | null {
  const parts = copied(board.sheet.graph, board.chosenParts);
  return parts.length ? JSON.stringify(parts, null, 2) : null;
}

/** Put a clipboard's nodes where the keys are; a sentence where it holds none. */
export function pasteText(board: Board, text: string): void {
  const parts = partsOf(text);
  if (parts) insert(board, parts, 'canvas.did.paste');
  else board.said = say('canvas.no_nodes');
}

/** Put a copy of what is chosen beside it, fed as the original is. */
export function duplicateChosen(board: Board): void {
  insert(board, copied(board.sheet.graph, board.chosenParts), 'canvas.did.duplicate');
}

function insert(board: Board, parts: readonly Part[], label: string): void {
  if (!parts.length) return;
  const { graph } = board.sheet;
  const scope = board.level;
  const paths = [...pastedIds(graph, scope, parts).values()].map((id) => join(scope, id));
  board.change(
    say(label, { count: parts.length, name: parts[0]?.id ?? '' }),
    paste(graph, scope, parts),
  );
  void board.go(paths.at(-1) ?? '').then(() => {
    board.choose(paths);
  });
}

/** Read nodes from text; null if it holds none. */
export function partsOf(text: string): Part[] | null {
  try {
    const read: unknown = JSON.parse(text);
    const list: unknown[] = Array.isArray(read) ? read : [];
    return list.length && list.every(isPart) ? list : null;
  } catch {
    return null;
  }
}

function isPart(value: unknown): value is Part {
  if (typeof value !== 'object' || value === null) return false;
  const part = value as Record<string, unknown>;
  const isFed = typeof part['inputs'] === 'object' && part['inputs'] !== null;
  const holds = part['layer'] ?? part['block'];
  const isNamed = typeof part['id'] === 'string' && /^[A-Za-z]\w{0,39}$/.test(part['id']);
  return isNamed && isFed && typeof holds === 'object' && holds !== null;
}

/** Make one block of what is chosen. */
export function groupChosen(board: Board): void {
  const { graph } = board.sheet;
  const paths = board.chosenParts;
  if (!paths.length) return;
  const level = board.card(paths[0] ?? '')?.level ?? '';
  const taken = new Set(board.diagram.cards.map(({ id }) => id));
  let [id, number] = ['block', 1];
  while (taken.has(join(level, id))) id = `block${++number}`;
  const folded = fold(graph, paths, null, id);
  if (folded === graph) {
    board.said = say('canvas.torn');
    return;
  }
  board.change(say('canvas.did.group', { count: paths.length, name: id }), folded);
  void board.go(join(level, id));
}

/** Take the chosen block apart. */
export function ungroupChosen(board: Board): void {
  const { chosen } = board;
  if (chosen?.sort !== 'block' && chosen?.sort !== 'frame') return;
  board.change(named('canvas.did.ungroup', [chosen]), unfold(board.sheet.graph, chosen.id));
}

/** Shift what is chosen on the canvas. */
export function shiftChosen(board: Board, { x, y }: Spot): void {
  board.put(
    board.nodes
      .filter(({ selected }) => selected)
      .map(({ id, position }) => [id, { x: position.x + x, y: position.y + y }] as const),
  );
}

function named(key: string, cards: readonly Card[]): string {
  return say(key, { count: cards.length, name: cards[0]?.title ?? '' });
}

/** Put a layer before a port with which everything fits. */
export function bridge(board: Board, card: Card, { insert: between }: Problem): void {
  const port = between && card.ports[between.port];
  if (!port) return;
  const { graph } = board.sheet;
  const end = endOf(card, port.port);
  const id = idFor(graph, card.level, between.layer.kind);
  board.change(say('canvas.did.add', { name: id }), insertOnWire(graph, end, between.layer, id));
}

/** Take the settings that would work. */
export function remedy(board: Board, card: Card, { remedy: settings }: Problem): void {
  const layer = { ...card.layer, ...settings } as Layer;
  board.change(named('canvas.did.remedy', [card]), setLayer(board.sheet.graph, card.id, layer));
}
