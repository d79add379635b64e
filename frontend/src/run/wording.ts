/** A recipe as plain words, and several recipes as one sentence with the differing words side by side. */

import { setting } from '../graph/number';
import { parts } from '../messages/say';
import type { Part } from '../messages/say';
import type { Catalogue, Job } from '../wire/schema';
import { recipeOf } from './recipe';
import type { Recipe } from './recipe';
import type { Token } from './words';

/** A piece of a sentence about several runs: the same for all, or one text for each. */
export interface Cell {
  same: boolean;
  texts: string[];
}

/** Stands in the sentence for the words of one slot. */
interface Stand {
  of: string;
}

/** The whole recipe as one plain sentence. */
export function sentenceOf(job: Job, catalogue: Catalogue): string {
  return sideBySide([job], catalogue)
    .map(({ texts }) => texts[0])
    .join('');
}

/** The recipes of some runs as one sentence. */
export function sideBySide(jobs: readonly Job[], catalogue: Catalogue): Cell[] {
  const recipes = jobs.map((job) => recipeOf(job, catalogue));
  const [first] = recipes;
  if (!first) return [];
  const slots = Object.fromEntries(
    Object.keys(first.slots).map((slot) => [slot, { of: slot } satisfies Stand]),
  );
  return merged(parts('recipe.sentence', slots).flatMap((part) => cellsOf(part, recipes)));
}

/** The settings beside the sentence in which recipes differ, with a text for each. */
export function restApart(
  jobs: readonly Job[],
  catalogue: Catalogue,
): { name: string; texts: string[] }[] {
  const recipes = jobs.map((job) => recipeOf(job, catalogue));
  const names = new Map(
    recipes.flatMap(({ rest }) => rest.map(({ name, word }) => [word.id, name])),
  );
  return [...names]
    .map(([id, name]) => {
      const words = recipes.map(({ rest }) => rest.find(({ word }) => word.id === id)?.word);
      return { name, texts: words.map((word) => (word ? textOf(word) : null)) };
    })
    .filter(({ texts }) => !texts.includes(null) && new Set(texts).size > 1) as {
    name: string;
    texts: string[];
  }[];
}

function cellsOf(part: Part, recipes: readonly Recipe[]): Cell[] {
  if (typeof part === 'string') return [{ same: true, texts: recipes.map(() => part) }];
  if ('maths' in part) return part.maths.flatMap((piece) => cellsOf(piece, recipes));
  if ('bold' in part) return part.bold.flatMap((piece) => cellsOf(piece, recipes));
  const { of: slot } = part.slot as Stand;
  return slotCells(recipes.map(({ slots }) => slots[slot] ?? []));
}

/** Word by word, where the words are the same settings; else the whole slot beside the other. */
function slotCells(slots: readonly (readonly Token[])[]): Cell[] {
  const shapes = new Set(slots.map((tokens) => tokens.map(idOf).join('|')));
  if (shapes.size > 1) return [cell(slots.map((tokens) => tokens.map(textOf).join('').trim()))];
  const count = slots[0]?.length ?? 0;
  return Array.from({ length: count }, (_, i) => cell(slots.map((tokens) => textOf(tokens[i]))));
}

function idOf(token: Token): string {
  return typeof token === 'string' ? '' : token.id;
}

function textOf(token: Token | undefined): string {
  if (token === undefined || typeof token === 'string') return token ?? '';
  if (token.kind === 'number') return setting(token.value);
  return token.options.find(({ value }) => value === token.value)?.label ?? token.value;
}

function cell(texts: string[]): Cell {
  return { same: new Set(texts).size === 1, texts };
}

/** Neighbours that are the same for all become one. */
function merged(cells: readonly Cell[]): Cell[] {
  const found: Cell[] = [];
  for (const next of cells) {
    const last = found.at(-1);
    if (last?.same && next.same)
      last.texts = last.texts.map((text, i) => text + (next.texts[i] ?? ''));
    else found.push({ ...next });
  }
  return found;
}
