/** What each key does on the canvas. */

import type { Way } from '../../../graph/choice';
import type { Card } from '../../../graph/diagram';
import { ARROWS, nextTarget } from '../../../graph/rove';
import { duplicateChosen, groupChosen, removeChosen, shiftChosen, ungroupChosen } from './acts';
import { askLayer } from './adding';
import { askTarget } from './wires';
import type { Board } from './board.svelte';

/** What the canvas itself can do with its view. */
export interface View {
  fit: () => void;
  zoom: (way: 1 | -1) => void;
}

/** By how many pixels Alt and an arrow shift what is chosen. */
const SHIFT = 20;
const STEPS: Record<Way, { x: number; y: number }> = {
  left: { x: -SHIFT, y: 0 },
  right: { x: SHIFT, y: 0 },
  up: { x: 0, y: -SHIFT },
  down: { x: 0, y: SHIFT },
};

type Act = (board: Board, view: View) => void;

const ACTS: Readonly<Record<string, Act>> = {
  '0': (_, view) => {
    view.fit();
  },
  '+': (_, view) => {
    view.zoom(1);
  },
  '=': (_, view) => {
    view.zoom(1);
  },
  '-': (_, view) => {
    view.zoom(-1);
  },
  '/': (board) => {
    board.question = { kind: 'find' };
  },
  a: (board) => {
    addBy(board, 'behind');
  },
  b: (board) => {
    addBy(board, 'branch');
  },
  e: toTarget,
  Enter: toTarget,
  o: (board) => {
    if (board.focused) board.toggle(board.focused);
  },
  g: groupChosen,
  'Shift+g': ungroupChosen,
  t: (board) => {
    board.tidy();
  },
  Delete: removeChosen,
  Backspace: removeChosen,
  'Mod+a': (board) => {
    const level = board.card(board.focused)?.level ?? '';
    board.choose(board.diagram.cards.filter((card) => card.level === level).map(({ id }) => id));
  },
  'Mod+d': duplicateChosen,
  'Mod+z': (board) => {
    board.sheet.undo();
  },
  'Mod+Shift+z': (board) => {
    board.sheet.redo();
  },
  'Mod+y': (board) => {
    board.sheet.redo();
  },
};

/** Do what a key stands for; whether it stood for anything. */
export function press(event: KeyboardEvent, board: Board, view: View): boolean {
  const way = ARROWS[event.key];
  if (way) {
    walk(board, way, event);
    return true;
  }
  if (event.key === 'Escape') return leave(board);
  const act = ACTS[nameOf(event)];
  act?.(board, view);
  return act !== undefined;
}

/** Let go of what is chosen; with nothing chosen, Escape is the page's. */
function leave(board: Board): boolean {
  const hadAny = board.selected.length > 0 || board.aiming !== null;
  board.aiming = null;
  board.choose([]);
  return hadAny;
}

/** A key as the table writes it. */
function nameOf({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string {
  const small = key.length === 1 ? key.toLowerCase() : key;
  const mod = ctrlKey || metaKey ? 'Mod+' : '';
  const isLetter = small !== small.toUpperCase() && key.length === 1;
  return mod + (shiftKey && isLetter ? 'Shift+' : '') + small;
}

function addBy(board: Board, way: 'behind' | 'branch'): void {
  const card = board.card(board.focused);
  const id = card?.id ?? '';
  const isEnd = !card || card.sort === 'output';
  void askLayer(board, { way: isEnd ? 'alone' : way, id });
}

function toTarget(board: Board): void {
  const card = board.card(board.focused);
  const [outlet] = card?.outlets ?? [];
  if (card && outlet) askTarget(board, card, outlet.port);
}

function walk(board: Board, way: Way, { altKey, shiftKey }: KeyboardEvent): void {
  if (altKey) {
    shiftChosen(board, STEPS[way]);
    return;
  }
  const next = nextCard(board, way);
  if (next !== null) void board.go(next, { keeps: shiftKey });
}

/** The card at the other end of a wire, or the next one above or below. */
function nextCard(board: Board, way: Way): string | null {
  const here = board.card(board.focused);
  if (!here) return board.diagram.cards[0]?.id ?? null;
  if (way === 'left' || way === 'right') return along(board, here, way);
  const near = board.nodes.filter(({ data }) => data.card.level === here.level);
  const targets = near.map(({ id, position }) => ({ key: id, ...position }));
  return nextTarget(targets, here.id, way)?.key ?? null;
}

/** Along a wire; into an open block to the right, and out of it where its wires end. */
function along({ diagram }: Board, here: Card, way: 'left' | 'right'): string | null {
  const { links, cards } = diagram;
  const isRight = way === 'right';
  const inside = isRight ? cards.find(({ level }) => level === here.id) : undefined;
  const link = links.find(({ from, to }) => (isRight ? from : to) === here.id);
  const end = link && (isRight ? link.to : link.from);
  return inside?.id ?? end ?? (here.level || null);
}
