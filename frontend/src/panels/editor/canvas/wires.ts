/** Wires of the document: leading them to ports, and taking them off. */

import type { Card, Link } from '../../../graph/diagram';
import { connect, disconnect } from '../../../graph/edit';
import type { End } from '../../../graph/edit';
import { apart, join } from '../../../graph/parts';
import { isMemoryEnd, plug } from '../../../graph/plug';
import { aimKey, aimsFrom, misfits, plainVerdicts, trialOf } from '../../../graph/verdict';
import { say } from '../../../messages/say';
import { inspectGraph } from '../../../wire/rest';
import type { Graph } from '../../../wire/schema';
import type { Board } from './board.svelte';

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
  board.change(label, led(graph, sourceOf(from, outlet), end));
}

/** A wire led to its end; what attention looks at is key and value in one. */
function led(graph: Graph, source: string, end: End): Graph {
  if (!isMemoryEnd(graph, end)) return connect(graph, source, end);
  return plug(graph, join(end.scope, end.part ?? ''), source);
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
  board.change(label, disconnect(board.sheet.graph, link.end, ports));
}

/** Lead a wire's end to another port: one change. */
export function relead(board: Board, link: Link, to: Card, end: End): void {
  const from = board.card(link.from);
  if (!from) return;
  const source = sourceOf(from, link.outlet);
  const connected = led(board.sheet.graph, source, end);
  if (connected === board.sheet.graph) return;
  const label = say('canvas.did.connect', { from: from.title, to: to.title });
  const isSameCard = link.to === to.id;
  const off = link.end.part === null || isSameCard ? connected : disconnect(connected, link.end);
  board.change(label, off);
}
