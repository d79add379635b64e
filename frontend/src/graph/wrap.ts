/** A long arrangement in several rows, as text is: cut where one wire passes, which then goes back to the left. */

import type { Arrangement, Box, Level, Spot, Tie } from './arrange';

/** Height between two rows: room for a wire back with its shape. */
const BETWEEN = 72;
/** How far a wire goes on before it turns back. */
const TURN = 22;
/** Rows are as wide as this share of the room, or wider. */
const SHAPE = 1.9;

interface Row {
  /** Where its highest box lies in the arrangement. */
  begin: number;
  from: number;
  to: number;
  boxes: Box[];
  top: number;
  height: number;
}

/** Wrap an arrangement to a width; it stays as it is where it nearly fits or cannot be cut. */
export function wrapped(arrangement: Arrangement, level: Level, room: number): Arrangement {
  const wanted = Math.max(
    room,
    Math.sqrt(arrangement.width * (arrangement.height + BETWEEN) * SHAPE),
  );
  if (arrangement.width <= wanted * 1.25) return arrangement;
  const rows = rowsOf(arrangement, level, wanted);
  if (rows.length < 2) return arrangement;
  const rowOf = new Map(rows.flatMap((row) => row.boxes.map(({ id }) => [id, row] as const)));
  const at = (id: string): Spot => arrangement.spots.get(id) ?? { x: 0, y: 0 };
  const moveIn = (row: Row, { x, y }: Spot): Spot => ({ x: x - row.from, y: y + row.top });
  const spots = new Map(
    [...rowOf].map(([id, row]) => {
      const { x, y } = at(id);
      return [id, moveIn(row, { x, y: y - row.begin })];
    }),
  );
  const bends = new Map<string, Spot[]>();
  for (const tie of level.ties) {
    const [from, to] = [rowOf.get(tie.from), rowOf.get(tie.to)];
    const old = arrangement.bends.get(tie.id);
    if (!from || !to) continue;
    if (from === to) {
      if (old)
        bends.set(
          tie.id,
          old.map(({ x, y }) => moveIn(from, { x, y: y - from.begin })),
        );
    } else bends.set(tie.id, back(tie, to, { spots, level }));
  }
  const width = Math.max(...rows.map(({ from, to }) => to - from));
  const height = Math.max(...rows.map(({ top, height: own }) => top + own));
  return { spots, bends, width, height };
}

/** The way of a wire from one row to the next: on, down between the rows, back, and in. */
function back(
  tie: Tie,
  row: Row,
  { spots, level }: { spots: ReadonlyMap<string, Spot>; level: Level },
): Spot[] {
  const width = level.boxes.find(({ id }) => id === tie.from)?.width ?? 0;
  const from = spots.get(tie.from) ?? { x: 0, y: 0 };
  const to = spots.get(tie.to) ?? { x: 0, y: 0 };
  const out = from.x + width + TURN;
  const between = row.top - BETWEEN / 2;
  return [
    { x: out, y: from.y + tie.leaves },
    { x: out, y: between },
    { x: to.x - TURN, y: between },
    { x: to.x - TURN, y: to.y + tie.arrives },
  ];
}

function rowsOf(arrangement: Arrangement, level: Level, wanted: number): Row[] {
  const ordered = level.boxes.toSorted((a, b) => x(a) - x(b));
  const cuts = cutsOf(ordered, level.ties);
  const rows: Box[][] = [];
  let begin = 0;
  while (begin < ordered.length) {
    const start = x(ordered[begin]);
    const open = cuts.filter((cut) => cut > begin);
    const fitting = open.filter((cut) => right(ordered[cut - 1]) - start <= wanted);
    const end = fitting.at(-1) ?? open[0] ?? ordered.length;
    const isRest = right(ordered.at(-1)) - start <= wanted;
    rows.push(ordered.slice(begin, isRest ? ordered.length : end));
    begin = isRest ? ordered.length : end;
  }
  let top = 0;
  return rows.map((boxes) => {
    const [from, to] = [Math.min(...boxes.map(x)), Math.max(...boxes.map(right))];
    const ys = boxes.map(({ id }) => arrangement.spots.get(id)?.y ?? 0);
    const low = Math.max(...boxes.map(({ height }, i) => (ys[i] ?? 0) + height));
    const begin = Math.min(...ys);
    const row = { begin, from, to, boxes, top, height: low - begin };
    top += row.height + BETWEEN;
    return row;
  });

  function x(box: Box | undefined): number {
    return (box && arrangement.spots.get(box.id)?.x) ?? 0;
  }

  function right(box: Box | undefined): number {
    return x(box) + (box?.width ?? 0);
  }

  /** Before which boxes a row may end: all wires that pass lead from one box. */
  function cutsOf(boxes: Box[], ties: readonly Tie[]): number[] {
    const rank = new Map(boxes.map(({ id }, i) => [id, i]));
    let reach = -Infinity;
    return boxes.flatMap((box, i) => {
      const isGap = i > 0 && x(box) > reach;
      reach = Math.max(reach, right(box));
      if (!isGap) return [];
      const passing = ties.filter(
        ({ from, to }) => (rank.get(from) ?? 0) < i && (rank.get(to) ?? 0) >= i,
      );
      return new Set(passing.map(({ from }) => from)).size <= 1 ? [i] : [];
    });
  }
}
