/** What can be done on the canvas. Each is one change of the document with a name for the list of edits, or nothing. */

import type { Spot } from '../../../graph/arrange';
import type { Card, Link } from '../../../graph/diagram';
import {
  connect,
  copied,
  disconnect,
  fold,
  idFor,
  insertAfter,
  insertOnWire,
  paste,
  pastedIds,
  remove,
  setLayer,
  unfold,
} from '../../../graph/edit';
import type { End, Layer, Part } from '../../../graph/edit';
import { apart, join } from '../../../graph/parts';
import { aimKey, aimsFrom, misfits, plainVerdicts, trialOf } from '../../../graph/verdict';
import { say } from '../../../messages/say';
import { inspectGraph } from '../../../wire/rest';
import type { Graph, Problem } from '../../../wire/schema';
import type { Adding, Board } from './board.svelte';

/** How a card's output is written in the document. */
export function sourceOf(card: Card, outlet: string): string {
  const id = apart(card.id).id.replace(/^>/, '');
  const isFirst = (card.outlets[0]?.port ?? outlet) === outlet;
  return isFirst ? id : `${id}:${outlet}`;
}

/** Begin to lead a wire: what cannot be is known at once, what does not fit as soon as the server has said so. */
export async function aim(board: Board, from: Card, outlet: string): Promise<void> {
  const { graph } = board.sheet;
  const aims = aimsFrom(board.diagram, from);
  const verdicts = plainVerdicts(graph, aims, sourceOf(from, outlet));
  const aiming = { from, outlet, verdicts };
  board.aiming = aiming;
  const spec = from.outlets.find(({ port }) => port === outlet)?.spec;
  const open = aims.filter(({ card, port }) => verdicts.get(aimKey(card.id, port.port)) === null);
  const trial = spec && trialOf(graph, board.diagram, open, spec);
  if (!trial) return;
  const answer = await inspectGraph(trial.graph).catch(() => null);
  if (!answer || board.aiming !== aiming) return;
  board.aiming = { ...aiming, verdicts: new Map([...verdicts, ...misfits(trial, answer, spec)]) };
}

/** Ask where a wire is to lead. */
export function askTarget(board: Board, from: Card, outlet: string): void {
  board.question = { kind: 'target', from: from.id };
  void aim(board, from, outlet);
}

/** Why a port cannot take the wire that is being led; null: it can. */
export function refusal(board: Board, card: string, port: string | number): string | null {
  const { aiming } = board;
  if (!aiming) return null;
  if (card === aiming.from.id) return say('canvas.refused.self');
  const verdict = aiming.verdicts.get(aimKey(card, port));
  if (verdict === undefined) return say('canvas.refused.level');
  if (verdict === null) return null;
  if (verdict.reason === 'misfit') return verdict.sentence;
  const names = { from: aiming.from.title, to: board.card(card)?.title ?? '' };
  return say(`canvas.refused.${verdict.reason}`, names);
}

/** Lead a wire from a card to a port. */
export function lead(board: Board, from: Card, outlet: string, to: Card, end: End): void {
  const { graph } = board.sheet;
  const label = say('canvas.did.connect', { from: from.title, to: to.title });
  change(board, label, connect(graph, sourceOf(from, outlet), end));
}

/** Where a port is in the document. */
export function endOf(card: Card, port: string | number): End {
  const part = card.sort === 'output' ? null : apart(card.id).id;
  return { scope: card.level, part, port };
}

/** Take a wire off. What an output of the network reads cannot be taken off: it can be led elsewhere. */
export function detach(board: Board, link: Link): void {
  const [from, to] = [board.card(link.from), board.card(link.to)];
  if (!from || !to) return;
  if (to.sort === 'output') {
    board.said = say('canvas.kept.output', { to: to.title });
    return;
  }
  const entry = board.layers.get(String(to.layer?.['kind']));
  const ports = entry && !entry.variadic ? [...entry.ports, ...entry.optional_ports] : [];
  const label = say('canvas.did.detach', { from: from.title, to: to.title });
  change(board, label, disconnect(board.sheet.graph, link.end, ports));
}

/** Lead a wire's end to another port: one change. */
export function relead(board: Board, link: Link, to: Card, end: End): void {
  const from = board.card(link.from);
  if (!from) return;
  const source = sourceOf(from, link.outlet);
  const connected = connect(board.sheet.graph, source, end);
  if (connected === board.sheet.graph) return;
  const label = say('canvas.did.connect', { from: from.title, to: to.title });
  const isSameCard = link.to === to.id;
  const off = link.end.part === null || isSameCard ? connected : disconnect(connected, link.end);
  change(board, label, off);
}

/** Add a layer of a kind. */
export function add(board: Board, kind: string, how: Adding): void {
  const { graph } = board.sheet;
  const layer = { kind } as Layer;
  const card = board.card(how.id);
  const level = how.way === 'alone' ? board.level : (card?.level ?? '');
  const link = board.diagram.links.find(({ id }) => id === how.id);
  const scope = link?.level ?? level;
  const id = idFor(graph, scope, kind);
  const made = added(graph, { layer, id, scope, how, card, link }, board);
  if (made === graph) return;
  const path = join(scope, id);
  if (how.at) board.put([[path, board.spotIn(scope, how.at)]]);
  change(board, say('canvas.did.add', { name: id }), made);
  void board.go(path);
}

interface New {
  layer: Layer;
  id: string;
  scope: string;
  how: Adding;
  card: Card | null;
  link: Link | undefined;
}

function added(graph: Graph, { layer, id, scope, how, card, link }: New, board: Board): Graph {
  if (how.way === 'wire') return link ? insertOnWire(graph, link.end, layer, id) : graph;
  if (how.way === 'behind') return card ? insertAfter(graph, documentPath(card), layer, id) : graph;
  const source = how.way === 'branch' && card ? [sourceOf(card, outletIn(card, how))] : [];
  return paste(graph, scope, [{ id, layer, inputs: feeding(board, layer.kind, source) }]);
}

/** What feeds a new layer: ports that have names are connected in any order. */
function feeding(board: Board, kind: string, source: string[]): Part['inputs'] {
  const { variadic, ports } = board.layers.get(kind) ?? { variadic: false, ports: [] };
  const [port] = ports;
  if (variadic || ports.length < 2 || port === undefined) return source;
  return Object.fromEntries(source.map((each) => [port, each]));
}

const outletIn = (card: Card, { outlet }: Adding): string =>
  outlet ?? card.outlets[0]?.port ?? 'output';

/** A card's path as the document has it: inputs of the network by their name. */
function documentPath({ id, level }: Card): string {
  return join(level, apart(id).id.replace(/^>/, ''));
}

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
  change(board, named('canvas.did.remove', parts), graph);
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
  change(
    board,
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
  change(board, say('canvas.did.group', { count: paths.length, name: id }), folded);
  void board.go(join(level, id));
}

/** Take the chosen block apart. */
export function ungroupChosen(board: Board): void {
  const { chosen } = board;
  if (chosen?.sort !== 'block' && chosen?.sort !== 'frame') return;
  change(board, named('canvas.did.ungroup', [chosen]), unfold(board.sheet.graph, chosen.id));
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

function change(board: Board, label: string, graph: Graph): void {
  if (graph === board.sheet.graph) return;
  board.said = '';
  board.sheet.change(label, graph);
}

/** Take the settings that would work. */
export function remedy(board: Board, card: Card, { remedy: settings }: Problem): void {
  const layer = { ...card.layer, ...settings } as Layer;
  change(board, named('canvas.did.remedy', [card]), setLayer(board.sheet.graph, card.id, layer));
}
