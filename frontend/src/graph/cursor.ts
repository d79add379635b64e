/** The cursor: run, step, example, node and lens. With some flags of view it is the whole address of a picture. */

export type Show = 'values' | 'gradients';
/** Over what the colours of a picture are scaled: each unit by itself, a layer, or all of them. */
export type Scale = 'node' | 'layer' | 'network';
export type Layout = 'spine' | 'graph' | 'code';
export type Theme = 'light' | 'dark';

export interface Place {
  run: string;
  step: number | 'live';
  example: number | null;
  /** Node path, and a unit of it from 1 on: `hidden2.1`; a whole node: `hidden2`; a cell of a map: `conv2.7@4,5`. */
  node: string | null;
  lens: string | null;
  /** Of the computational graph: an operation, a value, a number, or an edge between two (`z1>h1`). */
  op: string | null;
  show: Show;
  layout: Layout;
  /** Whether the network is being edited, in this layout. */
  edit: boolean;
  scale: Scale;
  present: boolean;
  theme: Theme | null;
}

export const NOWHERE: Place = {
  run: '',
  step: 'live',
  example: null,
  node: null,
  lens: null,
  op: null,
  show: 'values',
  layout: 'spine',
  edit: false,
  scale: 'layer',
  present: false,
  theme: null,
};

/** A part of an address that means nothing, and what is taken instead. */
export interface Fallback {
  part: 'step' | 'ex' | 'node' | 'cell' | 'lens' | 'op' | 'show' | 'layout' | 'scale' | 'theme';
  value: string;
}

const SHOWS: readonly Show[] = ['values', 'gradients'];
const LAYOUTS: readonly Layout[] = ['spine', 'graph', 'code'];
export const SCALES: readonly Scale[] = ['node', 'layer', 'network'];
const THEMES: readonly Theme[] = ['light', 'dark'];

/** Read an address; what is not understood falls back to the default and is listed. */
export function parsePlace(path: string, query: string): { place: Place; fallbacks: Fallback[] } {
  const search = new URLSearchParams(query);
  const fallbacks: Fallback[] = [];
  const read = <T>(part: Fallback['part'], parse: (text: string) => T | undefined, none: T): T => {
    const text = search.get(part);
    if (text === null) return none;
    const value = parse(text);
    if (value !== undefined) return value;
    fallbacks.push({ part, value: text.slice(0, 60) });
    return none;
  };
  const place: Place = {
    run: /^\/b\/([a-z0-9]{4,32})\/?$/.exec(path)?.[1] ?? '',
    step: read<number | 'live'>('step', (text) => (text === 'live' ? 'live' : whole(text)), 'live'),
    example: read<number | null>('ex', whole, null),
    node: read<string | null>('node', nodeName, null),
    lens: read<string | null>('lens', word, null),
    op: read<string | null>('op', operationName, null),
    show: read('show', oneOf(SHOWS), 'values'),
    layout: read('layout', oneOf(LAYOUTS), 'spine'),
    edit: search.get('edit') === '1',
    scale: read('scale', oneOf(SCALES), 'layer'),
    present: search.get('present') === '1',
    theme: read<Theme | null>('theme', oneOf(THEMES), null),
  };
  return { place, fallbacks };
}

/** Write an address; defaults are left out. */
export function placeAddress(place: Place): string {
  const parts: [string, string | number | null][] = [
    ['step', place.step === 'live' ? null : place.step],
    ['ex', place.example],
    ['node', place.node],
    ['lens', place.lens],
    ['op', place.op],
    ['show', place.show === 'values' ? null : place.show],
    ['layout', place.layout === 'spine' ? null : place.layout],
    ['edit', place.edit ? 1 : null],
    ['scale', place.scale === 'layer' ? null : place.scale],
    ['present', place.present ? 1 : null],
    ['theme', place.theme],
  ];
  const query = parts
    .filter(([, value]) => value !== null)
    .map(
      ([key, value]) =>
        `${key}=${encodeURIComponent(String(value)).replaceAll('%2C', ',').replaceAll('%3E', '>')}`,
    )
    .join('&');
  return `${place.run ? `/b/${place.run}` : '/'}${query ? `?${query}` : ''}`;
}

/** A cell of a map, counted from 0 here and from 1 in addresses and on screen. */
export interface Cell {
  row: number;
  column: number;
}

/** A node name taken apart; unit and cell are counted from 0. */
export interface Named {
  path: string;
  unit: number | null;
  cell: Cell | null;
}

/**
 * Take a node name apart: `hidden2.1` is unit 0 of `hidden2`, if there is no node of that name, and `conv2.7@4,5` is
 * row 3, column 4 of its map 6. A cell that is not understood is none.
 */
export function splitNode(name: string, paths: readonly string[]): Named | null {
  const [whose = '', place] = name.split('@', 2);
  const cell = place === undefined ? null : readCell(place);
  if (paths.includes(whose)) return { path: whose, unit: null, cell };
  const dot = whose.lastIndexOf('.');
  const path = whose.slice(0, Math.max(0, dot));
  const unit = whole(whose.slice(dot + 1));
  if (!paths.includes(path) || unit === undefined || unit < 1) return null;
  return { path, unit: unit - 1, cell };
}

/** Name a unit, or a cell of it, counted from 0 here and from 1 in the name. */
export function joinNode(path: string, unit: number | null, cell: Cell | null = null): string {
  const name = unit === null ? path : `${path}.${unit + 1}`;
  return cell ? `${name}@${cell.row + 1},${cell.column + 1}` : name;
}

function readCell(text: string): Cell | null {
  const [row, column, more] = text.split(',').map(whole);
  return row && column && more === undefined ? { row: row - 1, column: column - 1 } : null;
}

function whole(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function nodeName(text: string): string | undefined {
  return /^[A-Za-z][\w.@,]{0,399}$/.test(text) ? text : undefined;
}

function operationName(text: string): string | undefined {
  return /^[\w~][\w.,:~[\]>]{0,249}$/.test(text) ? text : undefined;
}

function word(text: string): string | undefined {
  return /^[a-z][a-z_-]{0,39}$/.test(text) ? text : undefined;
}

function oneOf<T extends string>(values: readonly T[]): (text: string) => T | undefined {
  return (text) => values.find((value) => value === text);
}
