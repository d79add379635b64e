/** Wires that the pointer leads: from the canvas library's words to the document's. */

import type { Connection } from '@xyflow/svelte';

import { aim, endOf, lead, refusal, relead } from './wires';
import type { Board } from './board.svelte';
import type { CableEdge } from './flow';

/** The port that a handle stands for. */
export function portOf(board: Board, card: string, handle: string): string | number {
  const text = handle.slice('in:'.length);
  const ports = board.card(card)?.ports ?? [];
  return ports.find(({ port }) => String(port) === text)?.port ?? text;
}

const outletOf = (handle: string): string => handle.slice('out:'.length);

/** A handle where a wire begins. */
export interface Start {
  nodeId: string | null;
  handleId: string | null;
  handleType: string | null;
}

/** A wire begins: ask which ports can take it. */
export function begin(board: Board, { nodeId, handleId, handleType }: Start): void {
  const card = board.card(nodeId);
  if (card && handleId && handleType === 'source') void aim(board, card, outletOf(handleId));
}

/** Whether a wire may be there. From a port back to an outlet nothing was asked: the document refuses what cannot be. */
export function canJoin(
  board: Board,
  { source, target, targetHandle }: Connection | CableEdge,
): boolean {
  if (!targetHandle || source === target) return false;
  return (
    board.aiming === null || refusal(board, target, portOf(board, target, targetHandle)) === null
  );
}

/** A wire was led from port to port. */
export function joined(board: Board, wire: Connection): void {
  const { source, target, sourceHandle, targetHandle } = wire;
  const [from, to] = [board.card(source), board.card(target)];
  if (!from || !to || !sourceHandle || !targetHandle) return;
  lead(board, from, outletOf(sourceHandle), to, endOf(to, portOf(board, target, targetHandle)));
}

/** The end of a wire was led to another port. */
export function rejoined(board: Board, old: CableEdge, wire: CableEdge): void {
  const to = board.card(wire.target);
  if (old.data && to && wire.targetHandle)
    relead(board, old.data.link, to, endOf(to, portOf(board, wire.target, wire.targetHandle)));
}
