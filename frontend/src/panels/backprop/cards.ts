/** The cards of operations, and the wrong ways back, from the catalogue. */

import type { Tank } from '../../run/tank.svelte';
import type { Mistake, Operation, OperationCard } from '../../wire/capture';

interface Shelves {
  operations?: OperationCard[];
  backwards?: Mistake[];
}

function shelvesOf({ catalogue }: Tank): Shelves {
  return catalogue ?? {};
}

/** The card of a call of torch: by its name with the overload, else without. */
export function cardFor(
  tank: Tank,
  { op, title }: Pick<Operation, 'op' | 'title'>,
): OperationCard | null {
  const cards = shelvesOf(tank).operations ?? [];
  return (
    cards.find(({ operations }) => operations.includes(op)) ??
    cards.find(({ operations }) => operations.includes(title)) ??
    null
  );
}

/** Wrong backwards that a kind of layer can be given. */
export function mistakesFor(tank: Tank, kind: string): Mistake[] {
  return (shelvesOf(tank).backwards ?? []).filter(({ layers }) => layers.includes(kind));
}
