/** The cards of operations, and the wrong ways back, from the catalogue. */

import type { Tank } from '../../run/tank.svelte';
import type { Mistake, OperationCard } from '../../wire/capture';

/** Functions of single numbers that torch calls otherwise. */
const SAME: Readonly<Record<string, string>> = { gelu_tanh: 'gelu' };

/** The card of a function by its short name; null: it has none. */
export function cardFor({ catalogue }: Tank, title: string): OperationCard | null {
  const name = SAME[title] ?? title;
  return catalogue?.operations.find(({ kind }) => kind === name) ?? null;
}

/** Wrong backwards that a kind of layer can be given. */
export function mistakesFor({ catalogue }: Tank, kind: string): Mistake[] {
  return catalogue?.backwards.filter(({ layers }) => layers.includes(kind)) ?? [];
}
