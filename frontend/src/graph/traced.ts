/** The cards of a captured step: folds, operations, and values that nothing computes. */

import type { Operation, Value } from '../wire/capture';
import type { Atlas } from './capture';
import type { Size } from './layout';

/** Where cables touch a card, on one side. */
export interface Touch {
  port: string;
}

export interface TracedCard {
  /** Path of a fold; `#` and an operation; of a value `$`, or `path>id`, `path<id` where it passes a fold's edge. */
  id: string;
  sort: 'pin' | 'operation' | 'fold' | 'frame';
  /** The open fold that it lies in; empty: the canvas itself. */
  level: string;
  title: string;
  /** What stands under the title: kind of a layer, phase of an operation. */
  kind: string;
  /** Whether it belongs to the way back. */
  isBack: boolean;
  /** What it stands for, by id in the document: operation or value; empty: a fold. */
  of: string;
  /** The value that it puts out, and whose gradient comes back to it; empty: several, or none. */
  value: string;
  /** Left and right. */
  ports: Touch[];
  outlets: Touch[];
  repeat: number;
  /** How many operations are inside. */
  operations: number;
  elementwise: boolean;
  size: Size;
}

export interface Cable {
  id: string;
  level: string;
  /** Its left and its right end; what flows back in it goes from `to` to `from`. */
  from: string;
  to: string;
  outlet: string;
  end: { port: string };
  /** Values that go forward in it, and those that come back. */
  forward: string[];
  back: string[];
  /** Whether what goes forward is only kept for the way back. */
  isSaved: boolean;
}

export interface Tracing {
  cards: TracedCard[];
  links: Cable[];
}

const SIZES = {
  pin: { width: 96, height: 36 },
  operation: { width: 112, height: 60 },
  fold: { width: 128, height: 84 },
  frame: { width: 0, height: 0 },
} as const;
const PORT = 18;

/** All cards that are seen with some folds open; pins at the edges of folds come with the cables. */
export function cardsOf(atlas: Atlas, open: ReadonlySet<string>): Map<string, TracedCard> {
  const cards = new Map<string, TracedCard>();
  for (const { path } of atlas.folds.values()) addFold({ atlas, open, cards }, path);
  for (const operation of atlas.operations.values())
    addOperation({ atlas, open, cards }, operation);
  for (const value of atlas.given) addGiven({ atlas, open, cards }, value);
  return cards;
}

interface Desk {
  atlas: Atlas;
  open: ReadonlySet<string>;
  cards: Map<string, TracedCard>;
}

/** Whether all folds around something are open. */
const isWithin = (line: readonly string[], open: ReadonlySet<string>): boolean =>
  line.every((path) => open.has(path));

function addFold({ atlas, open, cards }: Desk, path: string): void {
  const { folds } = atlas;
  const fold = folds.get(path);
  if (!fold || !isWithin(atlas.lineOf(fold.parent), open)) return;
  const isOpen = open.has(path);
  const name = path.slice(fold.parent ? fold.parent.length + 1 : 0);
  cards.set(path, {
    ...bare(path, fold.parent, name),
    sort: isOpen ? 'frame' : 'fold',
    kind: fold.kind,
    repeat: fold.repeat,
    operations: 0,
  });
}

function addOperation({ atlas, open, cards }: Desk, operation: Operation): void {
  const { id, title, phase, outputs } = operation;
  const home = atlas.homeOf(operation);
  const line = atlas.lineOf(home);
  const closed = line.find((path) => !open.has(path));
  for (const path of line) {
    const fold = cards.get(path);
    if (fold) fold.operations++;
  }
  const fold = closed === undefined ? undefined : cards.get(closed);
  // What a closed fold puts out is what its last operation forward does.
  if (fold && phase === 'forward') fold.value = outputs[0] ?? fold.value;
  if (closed !== undefined) return;
  cards.set(`#${id}`, {
    ...bare(`#${id}`, home, title),
    sort: 'operation',
    kind: phase,
    isBack: phase === 'backward',
    of: id,
    value: outputs[0] ?? '',
    operations: 1,
  });
}

function addGiven({ atlas, open, cards }: Desk, value: Value): void {
  const home = atlas.homeOfGiven(value);
  const isRead = atlas.readers.has(value.id);
  if (!isRead || !isWithin(atlas.lineOf(home), open)) return;
  cards.set(`$${value.id}`, {
    ...bare(`$${value.id}`, home, titleOf(atlas, value.id)),
    kind: value.role,
    of: value.id,
    value: value.id,
  });
}

/** What a value is called. */
export function titleOf(atlas: Atlas, id: string): string {
  const { name = '', role } = atlas.values.get(id) ?? {};
  if (role === 'seed') return '1';
  return name.slice(name.lastIndexOf('.') + 1) || (atlas.maker.get(id)?.title ?? id);
}

/** Give each card the touches of its cables, and the height that they take. */
export function sized(cards: readonly TracedCard[], links: readonly Cable[]): TracedCard[] {
  const touches = new Map(
    cards.map(({ id }) => [id, { left: new Set<string>(), right: new Set<string>() }]),
  );
  for (const { from, to, outlet, end } of links) {
    touches.get(from)?.right.add(outlet);
    touches.get(to)?.left.add(end.port);
  }
  return cards.map((card) => {
    const { left = [], right = [] } = touches.get(card.id) ?? {};
    const [ports, outlets] = [left, right].map((all) => [...all].map((port) => ({ port })));
    const rows = Math.max(ports?.length ?? 0, outlets?.length ?? 0);
    const { width, height } = SIZES[card.sort];
    return {
      ...card,
      ports: ports ?? [],
      outlets: outlets ?? [],
      size: { width, height: Math.max(height, rows * PORT + 8) },
    };
  });
}

/** A card that nothing is known of yet. */
export function bare(id: string, level: string, title: string): TracedCard {
  return {
    id,
    sort: 'pin',
    level,
    title,
    kind: '',
    isBack: false,
    of: '',
    value: '',
    ports: [],
    outlets: [],
    repeat: 1,
    operations: 0,
    elementwise: false,
    size: SIZES.pin,
  };
}
