/** What each key does on the graph of tensors. */

import type { Way } from '../../graph/choice';
import { ARROWS, nextTarget } from '../../graph/rove';
import type { TracedCard } from '../../graph/traced';
import type { Hand } from '../canvas/hand';
import type { TensorGraph } from './tensor-graph.svelte';

type Act = (graph: TensorGraph, hand: Hand) => void;

const ACTS: Readonly<Record<string, Act>> = {
  '0': (_, hand) => {
    hand.fit();
  },
  '+': (_, hand) => {
    hand.zoom(1);
  },
  '=': (_, hand) => {
    hand.zoom(1);
  },
  '-': (_, hand) => {
    hand.zoom(-1);
  },
  m: (_, hand) => {
    hand.turnMap();
  },
  '/': (graph) => {
    graph.isFinding = true;
  },
  o: (graph) => {
    if (graph.focused) graph.toggle(graph.focused);
  },
  Backspace: (graph) => {
    graph.leave();
  },
  i: (graph) => {
    if (graph.focusedCard) graph.isAlone = !graph.isAlone;
  },
};

/** Do what a key stands for; whether it stood for anything. */
export function press(event: KeyboardEvent, graph: TensorGraph, hand: Hand): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || graph.isFinding)
    return false;
  const way = ARROWS[event.key];
  if (way) {
    const next = beside(graph, way);
    if (next !== null) void graph.go(next);
    return true;
  }
  if (event.key === 'Escape') return leave(graph);
  const act = ACTS[event.key];
  act?.(graph, hand);
  return act !== undefined;
}

/** Let go, one thing after the other: of the way, then of what is chosen; then Escape is the page's. */
function leave(graph: TensorGraph): boolean {
  const isAlone = graph.isAlone;
  graph.isAlone = false;
  if (isAlone) return true;
  if (graph.tank.backprop.chosen === null) return false;
  graph.tank.backprop.choose(null);
  return true;
}

/** Along a cable to the left or right, into an open fold and out of it; else the nearest card above or below. */
function beside(graph: TensorGraph, way: Way): string | null {
  const here = graph.focusedCard;
  if (!here) return graph.tracing.cards[0]?.id ?? null;
  const along = {
    right: () => inside(graph, here.id) ?? linked(graph, here.id, 'from', 'to'),
    left: () => linked(graph, here.id, 'to', 'from'),
  };
  if (way === 'right' || way === 'left') return along[way]() ?? (here.level || null);
  return nearest(graph, here, way);
}

function nearest(graph: TensorGraph, here: TracedCard, way: Way): string | null {
  const near = graph.shown.filter(({ card }) => card.level === here.level);
  const targets = near.map(({ card, x, y }) => ({ key: card.id, x, y }));
  return nextTarget(targets, here.id, way)?.key ?? null;
}

function inside({ tracing }: TensorGraph, id: string): string | undefined {
  return tracing.cards.find(({ level }) => level === id)?.id;
}

function linked(
  { tracing }: TensorGraph,
  id: string,
  near: 'from' | 'to',
  far: 'from' | 'to',
): string | undefined {
  return tracing.links.find((link) => link[near] === id)?.[far];
}
