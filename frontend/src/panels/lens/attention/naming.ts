/** What attention is called on screen: its nodes, its heads, the words at its places. */

import { copyOf } from '../../../graph/aim';
import type { Alignment, Attending, Row } from '../../../graph/alignment';
import { titleOf } from '../../../graph/stages';
import { say } from '../../../messages/say';
import type { Tank } from '../../../run/tank.svelte';
import { wordName } from '../../network/tokens';

/** A node as people say it: `cross`, and of several equal blocks `cross, block 2`. */
export function nodeName(path: string): string {
  const title = titleOf(path);
  const copy = copyOf(path);
  return copy === null ? title : say('lens.attention.block', { title, copy });
}

/** A head, or the mean of all. */
export function headName(head: number | null, heads: number): string {
  if (head !== null) return say('lens.attention.head', { head: head + 1 });
  return heads > 1 ? say('lens.attention.mean', { heads }) : say('lens.attention.only');
}

/** The word that a row stands for: the one that is said there, or where none is, the one that is heard. */
export function rowName({ heard, says }: Row): string {
  return wordName(says ?? heard);
}

/** The input whose next word is said at each of its places; null: the network says no words. */
export function spokenInput({ catalogue, run }: Tank): string | null {
  const { dataset, graph } = run.job;
  const entry = catalogue?.datasets.find(({ kind }) => kind === dataset.kind);
  if (entry?.target !== 'input') return null;
  return ['target', 'tokens'].find((name) => name in graph.inputs) ?? null;
}

/** Of which input places say something here: where a sequence looks at itself, each place stands for what it heard. */
export function speaksAt(node: Attending | undefined, tank: Tank): string | null {
  return node && node.query === node.key ? null : spokenInput(tank);
}

/** A cell of a picture by its row and column, counted from 1. */
function cellName(cell: number, columns: number): string {
  const row = Math.floor(cell / columns) + 1;
  return say('lens.attention.cell', { row, column: (cell % columns) + 1 });
}

/** What a column stands for: a word, or a cell of a picture. */
export function columnName({ node, columns }: Alignment, column: number): string {
  return node.grid ? cellName(column, node.grid[1]) : wordName(columns[column] ?? '');
}

/** One row of an alignment as a sentence. */
export function sentenceOf(
  alignment: Alignment,
  row: number,
  { column, weight }: { column: number; weight: number },
): { key: string; values: Record<string, string | number> } {
  const place = alignment.rows[row];
  return {
    key: place?.says === null ? 'lens.attention.looks' : 'lens.attention.writes',
    values: {
      word: place ? rowName(place) : '',
      other: columnName(alignment, column),
      weight: weight.toFixed(4),
    },
  };
}
