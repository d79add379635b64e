/** A network's source as lines: what each is about, what stands behind it, and how one text becomes another. */

import type { InspectedNode, Inspection, SourceProblem } from '../wire/schema';
import { exact } from './number';
import { shapeText } from './stages';

/** What was so, and is so now; `before` is null where nothing has changed. */
export interface Turn {
  now: string;
  before: string | null;
}

/** What stands behind a line. */
export interface Note {
  /** Counted from 0. */
  line: number;
  /** Learned numbers, behind a line that makes a layer or block. */
  parameters: Turn | null;
  /** What comes out, behind a line that computes; several, where a class stands in several places. */
  shape: Turn | null;
  /** Whether something about its node is wrong. */
  broken: boolean;
}

const MAKES = /^\s*self\.\w+ = /;

/** Lines about a node or block, counted from 0. */
export function linesAbout(nodes: readonly (readonly string[])[], path: string): number[] {
  return nodes.flatMap((paths, line) => (paths.includes(path) ? [line] : []));
}

/** The node that a line is about; where it is about several, the one that is chosen already. */
export function nodeAt(
  nodes: readonly (readonly string[])[],
  line: number,
  chosen: string | null,
): string | null {
  const paths = nodes[line] ?? [];
  return paths.find((path) => path === chosen) ?? paths[0] ?? null;
}

/** Say what each line makes or computes, and what that was `before`. */
export function notesOf(
  lines: readonly string[],
  nodes: readonly (readonly string[])[],
  now: Inspection,
  before: Inspection,
): Note[] {
  const one = measured(now);
  const other = measured(before);
  const wrong = new Set(
    now.problems.filter(({ severity }) => severity === 'error').map(({ node }) => node),
  );
  const notes: Note[] = [];
  nodes.forEach((paths, line) => {
    if (!paths.length || continues(nodes, line)) return;
    const makes = MAKES.test(lines[line] ?? '');
    const note = {
      line: endOf(nodes, line),
      parameters: makes ? turn(paths, (path) => one.parameters(path), other.parameters) : null,
      shape: makes ? null : turn(paths, (path) => one.shape(path), other.shape),
      broken: paths.some((path) => wrong.has(path)),
    };
    if (note.parameters || note.shape || note.broken) notes.push(note);
  });
  return notes;
}

type Measure = (path: string) => string | null;

/** Numbers of a network by the path of a node or block. */
function measured({ nodes, blocks }: Inspection): { parameters: Measure; shape: Measure } {
  const byPath = new Map<string, InspectedNode>(nodes.map((node) => [node.path, node]));
  const inside = new Map(blocks.map((block) => [block.path, block]));
  return {
    parameters: (path) => {
      const node = byPath.get(path);
      if (node) return node.parameters ? exact(node.parameters) : null;
      const block = inside.get(path);
      if (!block) return null;
      const parts = nodes.filter((each) => each.path.startsWith(`${path}.`));
      const sum = parts.reduce((total, each) => total + each.parameters * each.repeat, 0);
      return sum ? exact(sum / block.repeat) : null;
    },
    shape: (path) => {
      const outputs = byPath.get(path)?.outputs ?? inside.get(path)?.outputs;
      const specs = Object.values(outputs ?? {});
      if (!outputs) return null;
      return specs.length ? specs.map(shapeText).join(', ') : '?';
    },
  };
}

function turn(paths: readonly string[], one: Measure, other: Measure): Turn | null {
  const values = (measure: Measure): string =>
    [...new Set(paths.map(measure).filter((value) => value !== null))].join(' / ');
  const now = values(one);
  const before = values(other);
  if (!now) return null;
  return { now, before: before && before !== now ? before : null };
}

/** Whether a line is about the same as the line before. */
function continues(nodes: readonly (readonly string[])[], line: number): boolean {
  const [before, paths] = [nodes[line - 1], nodes[line]];
  return before?.join() === paths?.join();
}

/** The last line that is about the same: the one behind which something can stand. */
function endOf(nodes: readonly (readonly string[])[], line: number): number {
  let end = line;
  while (nodes[end + 1]?.length && continues(nodes, end + 1)) end++;
  return end;
}

/** Spaces before the first word. */
export function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The one piece in which two texts differ. */
export interface Splice {
  from: number;
  to: number;
  insert: string;
}

/** How to make one text of another by one piece, so that places before and behind it stay. */
export function spliceOf(before: string, after: string): Splice | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from++;
  let back = 0;
  while (back < most - from && before.at(-1 - back) === after.at(-1 - back)) back++;
  return { from, to: before.length - back, insert: after.slice(from, after.length - back) };
}

/** Where something wrong stands in a text: from and to, as the page counts. */
export interface Range {
  from: number;
  to: number;
}

/** Find a problem in its text. The server counts characters, the page halves of them. */
export function rangeOf(text: string, { line, column, end }: SourceProblem): Range {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', start);
    if (next < 0) break;
    start = next + 1;
  }
  const stop = text.indexOf('\n', start);
  const words = text.slice(start, stop < 0 ? text.length : stop);
  const from = start + halves(words, column - 1);
  const to = start + halves(words, end - 1);
  // An end that is missing has no width: the whole line is meant.
  return to > from ? { from, to } : { from: start + indentOf(words), to: start + words.length };
}

function halves(words: string, characters: number): number {
  return Array.from(words).slice(0, Math.max(0, characters)).join('').length;
}

/** A network's own problems, each as one of the line where its node is computed. */
export function misfits(
  { lines, nodes }: Written,
  problems: readonly { node: string; message: string }[],
): SourceProblem[] {
  return problems.map(({ node, message }) => {
    const at = linesAbout(nodes, node).at(-1) ?? 0;
    const text = lines[at] ?? '';
    return { line: at + 1, column: indentOf(text) + 1, end: Array.from(text).length + 1, message };
  });
}

/** Put what is right in the place of what is wrong; those without a remedy stay. */
export function mended(text: string, problems: readonly SourceProblem[]): string {
  const known = problems.filter(({ instead }) => typeof instead === 'string');
  return known
    .map((problem) => ({ ...rangeOf(text, problem), insert: problem.instead ?? '' }))
    .sort((a, b) => b.from - a.from)
    .reduce(
      (result, { from, to, insert }) => result.slice(0, from) + insert + result.slice(to),
      text,
    );
}

/** A text and what its lines are about. */
export interface Written {
  lines: readonly string[];
  nodes: readonly (readonly string[])[];
}

/** What stood where something is made otherwise now: lines as they were before, each above its successor. */
export function oldLines(now: Written, before: Written): { line: number; text: string }[] {
  const known = new Map(made(before).map(({ path, text }) => [path, text]));
  return made(now).flatMap(({ path, line, text }) => {
    const old = known.get(path);
    return old !== undefined && old.trim() !== text.trim() ? [{ line, text: old }] : [];
  });
}

/** Lines that make one layer or block each. */
function made({ lines, nodes }: Written): { path: string; line: number; text: string }[] {
  return lines.flatMap((text, line) => {
    const [path, ...others] = nodes[line] ?? [];
    return path !== undefined && !others.length && MAKES.test(text) ? [{ path, line, text }] : [];
  });
}

/** Mean and spread of some numbers, as deep in lists as they are. */
export function spreadOf(data: unknown): { count: number; mean: number; spread: number } {
  const numbers = (Array.isArray(data) ? (data as unknown[]).flat(Infinity) : [data]).map(Number);
  const count = numbers.length;
  const mean = numbers.reduce((sum, x) => sum + x, 0) / count;
  const square = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
  return { count, mean, spread: Math.sqrt(square) };
}
