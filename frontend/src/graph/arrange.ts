/** Places for the boxes of one level: in layers from left to right, at once; long rows are wrapped. */

export interface Spot {
  x: number;
  y: number;
}

export interface Box {
  id: string;
  width: number;
  height: number;
}

/** A wire between two boxes, and how far under their upper edges it leaves and arrives. */
export interface Tie {
  id: string;
  from: string;
  to: string;
  leaves: number;
  arrives: number;
}

export interface Level {
  boxes: Box[];
  ties: Tie[];
}

export interface Arrangement {
  spots: Map<string, Spot>;
  /** Corners of the wires that do not simply go from left to right. */
  bends: Map<string, Spot[]>;
  width: number;
  height: number;
}

/** Room between boxes: for the shape on a wire, and between two branches. */
export const ACROSS = 92;
export const DOWN = 28;
const SWEEPS = 4;
/** A wire that passes a layer needs so much of its height. */
const LANE = 14;

interface Item {
  id: string;
  layer: number;
  width: number;
  height: number;
  x: number;
  y: number;
  /** What is before and behind it, and where on both the wire touches. */
  before: Touch[];
  after: Touch[];
}

interface Touch {
  item: Item;
  own: number;
  other: number;
}

/** Arrange a level at once: layer by layer, each box as near as may be to what it is connected with. */
export function arrangeAtOnce(level: Level): Arrangement {
  const items = new Map<string, Item>(
    level.boxes.map((box) => [box.id, { ...box, layer: 0, x: 0, y: 0, before: [], after: [] }]),
  );
  const ties = level.ties.filter(({ from, to }) => items.has(from) && items.has(to));
  for (const [id, layer] of layersOf(level.boxes, ties)) {
    const item = items.get(id);
    if (item) item.layer = layer;
  }
  const lanes = ties.map((tie) => connect(items, tie));
  const layers: Item[][] = [];
  for (const item of [...items.values(), ...lanes.flat()]) (layers[item.layer] ??= []).push(item);
  for (let sweep = 0; sweep < SWEEPS; sweep++) order(layers, sweep % 2 === 0);
  setAcross(layers);
  for (let sweep = 0; sweep < SWEEPS; sweep++) setDown(layers, sweep % 2 === 0);
  const bends = new Map<string, Spot[]>();
  ties.forEach((tie, i) => {
    const corners = (lanes[i] ?? []).flatMap(({ x, y, width, height }) => [
      { x, y: y + height / 2 },
      { x: x + width, y: y + height / 2 },
    ]);
    if (corners.length) bends.set(tie.id, corners);
  });
  const spots = new Map([...items.values()].map(({ id, x, y }) => [id, { x, y }]));
  return settled({ spots, bends, width: 0, height: 0 }, level);
}

/** Which layer each box is in: one behind the last of those that feed it. Circles are cut where they are met. */
export function layersOf(boxes: readonly Box[], ties: readonly Tie[]): Map<string, number> {
  const feeders = new Map<string, string[]>(boxes.map(({ id }) => [id, []]));
  for (const { from, to } of ties) feeders.get(to)?.push(from);
  const layers = new Map<string, number>();
  const met = new Set<string>();
  const of = (id: string): string[] => feeders.get(id) ?? [];
  const stack = boxes.map(({ id }) => id).reverse();
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const open = met.has(top) ? [] : of(top).filter((id) => !met.has(id));
    met.add(top);
    if (open.length) {
      stack.push(...open);
      continue;
    }
    stack.pop();
    if (!layers.has(top))
      layers.set(top, Math.max(0, ...of(top).map((id) => (layers.get(id) ?? -1) + 1)));
  }
  return layers;
}

/** Connect two boxes; where a wire passes layers it gets a lane of its own in each. */
function connect(items: ReadonlyMap<string, Item>, tie: Tie): Item[] {
  const [from, to] = [items.get(tie.from), items.get(tie.to)];
  if (!from || !to || from.layer >= to.layer) return [];
  const lanes: Item[] = [];
  let last: Item = from;
  let own = tie.leaves;
  for (let layer = from.layer + 1; layer <= to.layer; layer++) {
    const isEnd = layer === to.layer;
    const next: Item = isEnd
      ? to
      : { id: '', layer, width: 0, height: LANE, x: 0, y: 0, before: [], after: [] };
    const other = isEnd ? tie.arrives : LANE / 2;
    last.after.push({ item: next, own, other });
    next.before.push({ item: last, own: other, other: own });
    if (!isEnd) lanes.push(next);
    [last, own] = [next, other];
  }
  return lanes;
}

/** Put each layer in the order of the middle of its neighbours. */
function order(layers: Item[][], isForward: boolean): void {
  const rank = new Map<Item, number>();
  const number = (items: Item[]): void => {
    items.forEach((item, i) => rank.set(item, i));
  };
  layers.forEach(number);
  for (const items of isForward ? layers : layers.toReversed()) {
    const middle = new Map(
      items.map((item, i) => {
        const near = isForward ? item.before : item.after;
        const sum = near.reduce((all, { item: each }) => all + (rank.get(each) ?? 0), 0);
        return [item, near.length ? sum / near.length : i];
      }),
    );
    items.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
    number(items);
  }
}

function setAcross(layers: Item[][]): void {
  let x = 0;
  for (const items of layers) {
    const width = Math.max(...items.map((item) => item.width));
    for (const item of items) {
      item.x = x;
      if (!item.id) item.width = width;
    }
    x += width + ACROSS;
  }
}

/** Draw each box towards its neighbours, and push apart what then overlaps. */
function setDown(layers: Item[][], isForward: boolean): void {
  for (const items of isForward ? layers : layers.toReversed()) {
    for (const item of items) {
      const near = isForward ? item.before : item.after;
      const wanted = near.map(({ item: each, own, other }) => each.y + other - own);
      if (wanted.length) item.y = wanted.reduce((a, b) => a + b, 0) / wanted.length;
    }
    pushApart(items);
  }
}

function pushApart(items: Item[]): void {
  const wanted = items.map(({ y }) => y);
  let floor = -Infinity;
  for (const item of items) {
    item.y = Math.max(item.y, floor);
    floor = item.y + item.height + DOWN;
  }
  // What was pushed down only is drawn up again, so that the layer stays in the middle.
  const shift = items.reduce((sum, { y }, i) => sum + (wanted[i] ?? y) - y, 0) / items.length;
  for (const item of items) item.y += shift;
}

/** Move everything so that it begins at 0, and measure it. */
export function settled(arrangement: Arrangement, { boxes }: Level): Arrangement {
  const { spots, bends } = arrangement;
  const corners = [...bends.values()].flat();
  const left = Math.min(0, ...[...spots.values(), ...corners].map(({ x }) => x));
  const tops = [...spots.values(), ...corners].map(({ y }) => y);
  const top = tops.length ? Math.min(...tops) : 0;
  const move = ({ x, y }: Spot): Spot => ({ x: x - left, y: y - top });
  const moved = new Map([...spots].map(([id, spot]) => [id, move(spot)]));
  const bent = new Map([...bends].map(([id, all]) => [id, all.map(move)]));
  const right = boxes.map(({ id, width }) => (moved.get(id)?.x ?? 0) + width);
  const under = boxes.map(({ id, height }) => (moved.get(id)?.y ?? 0) + height);
  return {
    spots: moved,
    bends: bent,
    width: Math.max(0, ...right),
    height: Math.max(0, ...under, ...[...bent.values()].flat().map(({ y }) => y)),
  };
}
