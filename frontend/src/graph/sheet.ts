/** A drawing as an SVG file: boxes, lines and words, with colours written out. */

export interface Rectangle {
  kind: 'box';
  x: number;
  y: number;
  width: number;
  height: number;
  round: number;
  fill: string;
  line: string;
  /** Width of the line around. */
  weight: number;
}

export interface Stroke {
  kind: 'line';
  path: string;
  colour: string;
  weight: number;
  isDashed: boolean;
}

export interface Words {
  kind: 'words';
  x: number;
  y: number;
  text: string;
  colour: string;
  size: number;
  isBold: boolean;
  anchor: 'start' | 'middle' | 'end';
}

export type Shape = Rectangle | Stroke | Words;

/** Write a drawing down, with some air around. */
export function sheetOf(
  shapes: readonly Shape[],
  { width, height }: { width: number; height: number },
  paper: string,
  air = 16,
): string {
  const [wide, high] = [Math.ceil(width + 2 * air), Math.ceil(height + 2 * air)];
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" ` +
    `viewBox="${-air} ${-air} ${wide} ${high}" font-family="Inter, system-ui, sans-serif">`;
  const ground = `<rect x="${-air}" y="${-air}" width="${wide}" height="${high}" fill="${plain(paper)}"/>`;
  return [head, ground, ...shapes.map(written), '</svg>'].join('\n');
}

function written(shape: Shape): string {
  if (shape.kind === 'box') {
    const { x, y, width, height, round, fill, line, weight } = shape;
    return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}" fill="${plain(fill)}" stroke="${plain(line)}" stroke-width="${weight}"/>`;
  }
  if (shape.kind === 'line') {
    const dash = shape.isDashed ? ' stroke-dasharray="5 4"' : '';
    return `<path d="${plain(shape.path)}" fill="none" stroke="${plain(shape.colour)}" stroke-width="${shape.weight}"${dash}/>`;
  }
  const { x, y, text, colour, size, isBold, anchor } = shape;
  const weight = isBold ? ' font-weight="600"' : '';
  return `<text x="${x}" y="${y}" font-size="${size}"${weight} fill="${plain(colour)}" text-anchor="${anchor}">${plain(text)}</text>`;
}

const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as it may stand in a file. */
export function plain(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign);
}
