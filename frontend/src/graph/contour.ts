/** Where a field crosses a level: marching squares on the middles of cells, with straight interpolation. */

/** A line of points x, y, x, y, ... in cells: 0 to width, 0 to height. */
export interface Line {
  points: number[];
  closed: boolean;
}

interface Grid {
  values: Float64Array;
  across: number;
  down: number;
  x: (column: number) => number;
  y: (row: number) => number;
}

/**
 * Trace a level through a field of `width` × `height` cells, given row by row from the top.
 * Values are those at the middles of cells; towards the rim they go on straight, so that lines end at the rim.
 */
export function contour(
  values: ArrayLike<number>,
  width: number,
  height: number,
  level: number,
): Line[] {
  if (width < 2 || height < 2) return [];
  const grid = extended(values, width, height);
  const places = new Map<number, [number, number]>();
  const next = new Map<number, number[]>();
  for (let row = 0; row < grid.down - 1; row++) {
    for (let column = 0; column < grid.across - 1; column++) {
      for (const [a, b] of crossings(grid, column, row, level)) {
        link(next, a, b);
        link(next, b, a);
        places.set(a, place(grid, a, level));
        places.set(b, place(grid, b, level));
      }
    }
  }
  return traced(next, places);
}

/** Write lines as an SVG path, scaled. */
export function linePath(lines: readonly Line[], scaleX: number, scaleY = scaleX): string {
  let path = '';
  for (const { points, closed } of lines) {
    for (let i = 0; i + 1 < points.length; i += 2) {
      const x = ((points[i] ?? 0) * scaleX).toFixed(2);
      const y = ((points[i + 1] ?? 0) * scaleY).toFixed(2);
      path += `${i ? 'L' : 'M'}${x} ${y}`;
    }
    if (closed) path += 'Z';
  }
  return path;
}

/** Add a rim of samples half a cell outside of the outermost middles, by going on straight. */
function extended(values: ArrayLike<number>, width: number, height: number): Grid {
  const [across, down] = [width + 2, height + 2];
  const out = new Float64Array(across * down);
  for (let r = 0; r < height; r++) {
    const row = (r + 1) * across;
    for (let c = 0; c < width; c++) out[row + c + 1] = values[r * width + c] ?? 0;
    goOn(out, row, 1);
    goOn(out, row + width + 1, -1);
  }
  for (let c = 0; c < across; c++) {
    goOn(out, c, across);
    goOn(out, (down - 1) * across + c, -across);
  }
  return { values: out, across, down, x: middle(width), y: middle(height) };
}

/** Fill in a sample half a cell beyond the next two, which lie `step` and 2 `step` further. */
function goOn(samples: Float64Array, at: number, step: number): void {
  const [near = 0, far = 0] = [samples[at + step], samples[at + 2 * step]];
  samples[at] = near + (near - far) / 2;
}

function middle(length: number): (index: number) => number {
  return (index) => Math.min(length, Math.max(0, index - 0.5));
}

/** Pairs of edges that the level enters and leaves by, in the square whose top left sample is given. */
function crossings(grid: Grid, column: number, row: number, level: number): [number, number][] {
  const { values, across } = grid;
  const at = row * across + column;
  const corners = [at, at + 1, at + across + 1, at + across].map((i) => values[i] ?? 0);
  const above = corners.map((value) => value > level);
  const [top, right, bottom, left] = [2 * at, 2 * (at + 1) + 1, 2 * (at + across), 2 * at + 1];
  const edges = [top, right, bottom, left].filter((_, i) => above[i] !== above[(i + 1) % 4]);
  const [a, b, c, d] = edges;
  if (a === undefined || b === undefined) return [];
  if (c === undefined || d === undefined) return [[a, b]];
  // A saddle: the middle of the square says which corners hold together.
  const centre = corners.reduce((sum, value) => sum + value, 0) / 4 > level;
  return centre === above[0]
    ? [
        [top, right],
        [bottom, left],
      ]
    : [
        [top, left],
        [right, bottom],
      ];
}

/** Where on an edge the level lies. An even number is the edge to the right of a sample, an odd one that below it. */
function place(grid: Grid, edge: number, level: number): [number, number] {
  const at = edge >> 1;
  const [column, row] = [at % grid.across, Math.floor(at / grid.across)];
  const other = edge % 2 ? at + grid.across : at + 1;
  const [from, to] = [grid.values[at] ?? 0, grid.values[other] ?? 0];
  const share = (level - from) / (to - from);
  const t = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0.5;
  const [x, y] = [grid.x(column), grid.y(row)];
  if (edge % 2) return [x, y + t * (grid.y(row + 1) - y)];
  return [x + t * (grid.x(column + 1) - x), y];
}

function link(next: Map<number, number[]>, from: number, to: number): void {
  const known = next.get(from);
  if (known) known.push(to);
  else next.set(from, [to]);
}

/** Chain edges to lines: first those that end at the rim, then the rings that are left. */
function traced(
  next: Map<number, number[]>,
  places: ReadonlyMap<number, [number, number]>,
): Line[] {
  const lines: Line[] = [];
  const follow = (start: number, closed: boolean): void => {
    const points: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined) {
      points.push(...(places.get(at) ?? []));
      const onward: number | undefined = next.get(at)?.shift();
      if (onward !== undefined) drop(next.get(onward), at);
      at = onward === start && closed ? undefined : onward;
    }
    if (points.length > 2) lines.push({ points, closed });
  };
  for (const [edge, neighbours] of next) if (neighbours.length === 1) follow(edge, false);
  for (const [edge, neighbours] of next) if (neighbours.length === 2) follow(edge, true);
  return lines;
}

function drop(neighbours: number[] | undefined, edge: number): void {
  const at = neighbours?.indexOf(edge) ?? -1;
  if (at >= 0) neighbours?.splice(at, 1);
}
