/** What each key does on the canvas. */

import { ARROWS, nextTarget } from '../../../graph/rove';
import type { Way } from '../../../graph/choice';
import {
  duplicateChosen,
  groupChosen,
  removeChosen,
  shiftChosen,
  ungroupChosen,
} from './acts';
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
    ask(board, 'behind');
  },
  b: (board) => {
    ask(board, 'branch');
  },
  e: toTarget,
  Enter: toTarget,
  o: (board) => {
    if (board.focused) board.toggle(board.focused);
  },
  g: groupChosen,
  u: ungroupChosen,
  t: (board) => {
    board.tidy();
  },
  Delete: removeChosen,
  Backspace: removeChosen,
  Escape: (board) => {
    board.choose([]);
  },
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
  const isLetter = event.key.length === 1;
  const mod = event.ctrlKey || event.metaKey ? 'Mod+' : '';
  const shift = event.shiftKey && mod ? 'Shift+' : '';
  const act = ACTS[mod + shift + (isLetter ? event.key.toLowerCase() : event.key)];
  act?.(board, view);
  return act !== undefined;
}

function ask(board: Board, way: 'behind' | 'branch'): void {
  const card = board.card(board.focused);
  const id = card?.id ?? '';
  const isEnd = !card || card.sort === 'output';
  board.question = { kind: 'add', how: { way: isEnd ? 'alone' : way, id } };
}

function toTarget(board: Board): void {
  const card = board.card(board.focused);
  if (card?.outlets.length) board.question = { kind: 'target', from: card.id };
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
  const { links, cards } = board.diagram;
  const here = board.card(board.focused);
  if (!here) return cards[0]?.id ?? null;
  if (way === 'left' || way === 'right') {
    const ends =
      way === 'right'
        ? links.filter(({ from }) => from === here.id).map(({ to }) => to)
        : links.filter(({ to }) => to === here.id).map(({ from }) => from);
    const inside = here.sort === 'frame' && way === 'right' ? firstInside(board, here.id) : [];
    return [...inside, ...ends][0] ?? (here.level || null);
  }
  const near = board.nodes.filter(({ data }) => data.card.level === here.level);
  const targets = near.map(({ id, position }) => ({ key: id, ...position }));
  return nextTarget(targets, here.id, way)?.key ?? null;
}

function firstInside(board: Board, frame: string): string[] {
  return board.diagram.cards.filter(({ level }) => level === frame).map(({ id }) => id);
}
