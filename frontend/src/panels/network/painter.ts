/** Paints all portraits of the spine on one canvas, each cell on whole pixels, lines over them. */

import { contour, linePath } from '../../graph/contour';
import { COARSE, amplitude } from '../../graph/look';
import type { Cells } from '../../graph/look';
import { smooth } from '../../graph/smooth';
import type { Box } from '../../graph/spine';
import type { Inks } from './inks';
import type { Arrow, Heights, Picture } from './pictures';

export interface Job {
  box: Box;
  picture: Picture;
  /** Drawn pale: it could be there, but is not in use. */
  pale?: boolean;
}

const CORNER = 3;
/** Cells of so many pixels have room for a hair. */
const HATCHED = 6;
/** Cells of more pixels than this may differ by one. */
const SEEN = 6;
/** Canvases of more pixels than this are slow to fill and may be refused. */
const MOST_PIXELS = 16e6;

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #scratch = document.createElement('canvas');
  /** Kept where numbers are put in, not on the graphics card. */
  readonly #pen = this.#scratch.getContext('2d', { willReadFrequently: true });
  #ratio = 1;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
  }

  /** Fit the canvas to its place and to the screen's pixels. */
  resize(width: number, height: number): void {
    const wanted = window.devicePixelRatio || 1;
    const most = Math.sqrt(MOST_PIXELS / Math.max(1, width * height));
    this.#ratio = Math.min(wanted, Math.max(1, most));
    const [across, down] = [Math.round(width * this.#ratio), Math.round(height * this.#ratio)];
    if (this.#canvas.width !== across) this.#canvas.width = across;
    if (this.#canvas.height !== down) this.#canvas.height = down;
  }

  /** Paint everything anew; `signs`: hatch what is negative, so that its sign survives without colour. */
  paint(jobs: readonly Job[], inks: Inks, signs = false): void {
    const context = this.#context;
    if (!context) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.imageSmoothingEnabled = false;
    for (const job of jobs) {
      context.save();
      this.#one(context, job, inks, signs);
      context.restore();
    }
  }

  #one(
    context: CanvasRenderingContext2D,
    { box, picture, pale }: Job,
    inks: Inks,
    signs: boolean,
  ): void {
    context.translate(box.x, box.y);
    context.beginPath();
    context.roundRect(0, 0, box.width, box.height, CORNER);
    context.fillStyle = inks.zero;
    context.fill();
    context.clip();
    if (!picture) return;
    context.globalAlpha = pale ? 0.55 : 1;
    if ('curve' in picture) curve(context, box, picture.curve, inks);
    else {
      this.#cells(context, box, picture.cells);
      if (signs) hatch(context, box, picture.cells, inks);
      if (picture.cells.level !== null) outline(context, box, picture.cells, inks);
      if (picture.arrow) arrow(context, box, picture.arrow, inks);
    }
  }

  #cells(
    context: CanvasRenderingContext2D,
    box: Box,
    { bytes, rows, columns, colours }: Cells,
  ): void {
    const { repeat, smooth } = this.#finer(box, rows, columns);
    const [wide, tall] = repeat;
    const [width, height] = [columns * wide, rows * tall];
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor(y / tall) * columns;
      for (let x = 0; x < width; x++) pixels[at++] = colours[bytes[row + Math.floor(x / wide)] ?? 0] ?? 0; // prettier-ignore
    }
    grow(this.#scratch, width, height);
    this.#pen?.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.drawImage(this.#scratch, 0, 0, width, height, 0, 0, box.width, box.height);
    context.imageSmoothingEnabled = false;
  }

  /**
   * How often cells are repeated across and down before they are shrunk to their place: cells of no whole number of
   * pixels then still look equally large. Once, where they are whole pixels, or so large that nobody sees it.
   */
  #finer(box: Box, rows: number, columns: number): { repeat: [number, number]; smooth: boolean } {
    const sides = [box.width / columns, box.height / rows].map((side) => side * this.#ratio);
    const isWhole = sides.every((side) => Math.abs(side - Math.round(side)) < 0.01);
    const least = Math.min(...sides);
    if (isWhole || least > SEEN) return { repeat: [1, 1], smooth: false };
    const [across = 1, down = 1] = sides.map((side) => (least < 1 ? 1 : Math.ceil(side)));
    // A single cell is repeated over all of its place: nothing that lies beside it on the scratch is mixed in.
    const [wide = 1, tall = 1] = sides.map((side) => Math.max(1, Math.round(side)));
    return { repeat: [columns > 1 ? across : wide, rows > 1 ? down : tall], smooth: true };
  }
}

function grow(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width < width) canvas.width = width;
  if (canvas.height < height) canvas.height = height;
}

/** A hair across each negative cell that is large enough for one. */
function hatch(context: CanvasRenderingContext2D, box: Box, cells: Cells, inks: Inks): void {
  const [width, height] = [box.width / cells.columns, box.height / cells.rows];
  if (!cells.isSigned || Math.min(width, height) < HATCHED) return;
  context.beginPath();
  for (let i = 0; i < cells.rows * cells.columns; i++) {
    if ((cells.bytes[i] ?? 128) > 127) continue;
    const [x, y] = [(i % cells.columns) * width, Math.floor(i / cells.columns) * height];
    context.moveTo(x, y + height);
    context.lineTo(x + width, y);
  }
  context.strokeStyle = inks.ink;
  context.globalAlpha = 0.6;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

/** Numbers near zero come in few bytes; their line is drawn without the steps between these. */
function evened({ bytes, fine, columns, rows, level }: Cells): ArrayLike<number> {
  if (fine) return fine;
  const isCoarse = level === 127.5 && amplitude(bytes) < COARSE;
  return isCoarse ? smooth(bytes, columns, rows) : bytes;
}

function outline(context: CanvasRenderingContext2D, box: Box, cells: Cells, inks: Inks): void {
  const lines = contour(evened(cells), cells.columns, cells.rows, cells.level ?? 0);
  if (!lines.length) return;
  context.strokeStyle = inks.ink;
  context.lineWidth = box.width > 30 ? 1.5 : 1.2;
  context.lineJoin = 'round';
  context.stroke(new Path2D(linePath(lines, box.width / cells.columns, box.height / cells.rows)));
}

/** Under a paper halo, so that it is seen on every colour. */
function arrow(context: CanvasRenderingContext2D, box: Box, { from, to }: Arrow, inks: Inks): void {
  const [x, y] = [from[0] * box.width, from[1] * box.height];
  const [u, v] = [to[0] * box.width, to[1] * box.height];
  const angle = Math.atan2(v - y, u - x);
  const head = Math.max(4, box.width / 14);
  const path = new Path2D();
  path.moveTo(x, y);
  path.lineTo(u, v);
  for (const side of [2.6, -2.6]) {
    path.moveTo(u + head * Math.cos(angle + side), v + head * Math.sin(angle + side));
    path.lineTo(u, v);
  }
  context.lineCap = 'round';
  context.strokeStyle = inks.paper;
  context.lineWidth = 4;
  context.stroke(path);
  context.strokeStyle = inks.ink;
  context.lineWidth = 1.8;
  context.stroke(path);
}

/** Heights over the line: above zero and below it in their colours, the line itself in ink. */
function curve(
  context: CanvasRenderingContext2D,
  box: Box,
  { heights, map }: Heights,
  inks: Inks,
): void {
  const { width, height } = box;
  const middle = height / 2;
  const x = (i: number): number => ((i + 0.5) / heights.length) * width;
  const y = (value: number): number => middle - value * (middle - 3);
  const line = new Path2D();
  heights.forEach((value, i) => {
    if (i) line.lineTo(x(i), y(value));
    else line.moveTo(0, y(value));
  });
  line.lineTo(width, y(heights.at(-1) ?? 0));
  const area = new Path2D(line);
  area.lineTo(width, middle);
  area.lineTo(0, middle);
  const [above, below] = map === 'forward' ? [inks.positive, inks.negative] : [inks.down, inks.up];
  for (const [colour, top] of [
    [above, 0],
    [below, middle],
  ] as const) {
    context.save();
    context.beginPath();
    context.rect(0, top, width, middle);
    context.clip();
    context.globalAlpha = 0.45;
    context.fillStyle = colour;
    context.fill(area);
    context.restore();
  }
  context.fillStyle = inks.line;
  context.fillRect(0, Math.round(middle), width, 1);
  context.strokeStyle = inks.ink;
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.stroke(line);
}
