/** How classes and targets look: two classes are signs; more are never colour alone, their mark is the label. */

import type { Point } from './plane';

/** A colour of the page by the name of its variable. */
export type Ink =
  | '--negative'
  | '--positive'
  | '--class-1'
  | '--class-2'
  | '--class-3'
  | '--class-4'
  | '--class-5'
  | '--class-6'
  | '--class-7'
  | '--class-8';

const CLASSES: readonly Ink[] = [
  '--class-1',
  '--class-2',
  '--class-3',
  '--class-4',
  '--class-5',
  '--class-6',
  '--class-7',
  '--class-8',
];

/** The colour of class `label` of `count`. */
export function classInk(label: number, count: number): Ink {
  if (count <= 2) return label > 0 ? '--positive' : '--negative';
  return CLASSES[label % CLASSES.length] ?? '--class-1';
}

/** The colour of a point: that of its class, or of its target's sign. */
export function pointInk(point: Point, classes: number): Ink {
  if (point.label !== null) return classInk(point.label, classes);
  return (point.target ?? 0) < 0 ? '--negative' : '--positive';
}

/** What stands in a point's mark: nothing for two classes, else the beginning of the class's name. */
export function pointMark(point: Point, names: readonly string[]): string {
  if (names.length <= 2 || point.label === null) return '';
  return (names[point.label] ?? String(point.label)).slice(0, 2);
}

/** A pale tint of each class, for the parts of the plane that are given to it. */
const TINTS: Record<'light' | 'dark', readonly (readonly [number, number, number])[]> = {
  light: [
    [208, 209, 212], [190, 224, 222], [208, 200, 236], [233, 220, 180],
    [238, 200, 212], [187, 216, 243], [243, 207, 184], [182, 221, 198],
  ],
  dark: [
    [58, 62, 69], [26, 66, 66], [52, 44, 88], [70, 58, 24],
    [84, 40, 54], [39, 68, 95], [92, 59, 38], [38, 73, 58],
  ],
}; // prettier-ignore

/** Class indices over the plane as a field with a colour table of its own. */
export function classField(
  indices: ArrayLike<number>,
  classes: number,
  theme: 'light' | 'dark',
): { values: Uint8Array; table: Uint32Array } {
  const table = new Uint32Array(256);
  for (let k = 0; k < classes; k++) {
    const [r = 0, g = 0, b = 0] = TINTS[theme][k % TINTS[theme].length] ?? [];
    table[k] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  }
  return { values: Uint8Array.from(indices), table };
}
