/** Several parts at once: copying and pasting them, folding them into a block, and taking a block apart. */

import type { Block, Graph } from '../wire/schema';
import {
  apart,
  freshId,
  insideOf,
  isBlock,
  isNumbered,
  join,
  leadsTo,
  moved,
  named,
  partAt,
  plainly,
  reading,
  redirected,
  rewrite,
  sourcesOf,
} from './parts';
import type { Inside, Part, Scope } from './parts';

/** The parts of these paths, as they stand: what a clipboard holds. Paths of several scopes give those of the first. */
export function copied(graph: Graph, paths: readonly string[]): Part[] {
  const [first] = paths;
  if (first === undefined) return [];
  const { scope } = apart(first);
  const ids = paths.filter((path) => apart(path).scope === scope).map((path) => apart(path).id);
  return insideOf(graph, scope)?.nodes.filter((part) => ids.includes(part.id)) ?? [];
}

/** The ids that pasted parts get, by their old ones. */
export function pastedIds(graph: Graph, scope: Scope, parts: readonly Part[]): Map<string, string> {
  const inside = insideOf(graph, scope);
  const ids = new Map<string, string>();
  if (!inside) return ids;
  for (const { id } of parts) ids.set(id, freshId(inside, id, [...ids.values()]));
  return ids;
}

/**
 * Put copied parts into a scope under new ids. What they read of each other they still do; of others, that which is there
 * too. With `after` (a path), they stand on the wire behind that part: the first reads it, and its readers read the last.
 */
export function paste(graph: Graph, scope: Scope, parts: readonly Part[], after?: string): Graph {
  const ids = pastedIds(graph, scope, parts);
  if (!parts.length) return graph;
  const behind = after === undefined ? null : apart(after).id;
  return rewrite(graph, scope, (inside) => {
    const known = new Set([...inside.inputs, ...inside.nodes.map(({ id }) => id)]);
    const twin = (part: Part, number: number): Part => {
      const there = (reference: string): string | null => {
        const own = ids.get(named(reference));
        if (own !== undefined) return moved(reference, own);
        if (behind === null) return known.has(named(reference)) ? reference : null;
        // What comes after the place would come before itself.
        const isLater = number === 0 || leadsTo(inside, behind, named(reference));
        return isLater || !known.has(named(reference)) ? behind : reference;
      };
      return { ...part, id: ids.get(part.id) ?? part.id, inputs: kept(part.inputs, there) } as Part;
    };
    const twins = parts.map(twin);
    const last = twins.at(-1)?.id;
    if (behind === null || last === undefined) return { nodes: [...inside.nodes, ...twins] };
    const to = redirected(inside, behind, plainly(last));
    const at = inside.nodes.findIndex(({ id }) => id === behind) + 1;
    return { ...to, nodes: [...to.nodes.slice(0, at), ...twins, ...to.nodes.slice(at)] };
  });
}

function kept(inputs: Part['inputs'], there: (reference: string) => string | null): Part['inputs'] {
  if (Array.isArray(inputs)) return inputs.map(there).filter((each) => each !== null);
  const entries = Object.entries(inputs).map(([port, reference]) => [port, there(reference)]);
  return Object.fromEntries(entries.filter(([, reference]) => reference !== null)) as Record<
    string,
    string
  >;
}

/**
 * Fold parts of one scope into a block, which may be repeated. What goes in and what comes out of a chain have one name,
 * so that each repetition reads the one before. Parts with something between them that stays outside cannot be folded.
 */
export function fold(
  graph: Graph,
  paths: readonly string[],
  repeat: number | null = null,
  id?: string,
): Graph {
  const chosen = copied(graph, paths);
  const { scope } = apart(paths[0] ?? '');
  if (!chosen.length) return graph;
  const folded = rewrite(graph, scope, (inside) => {
    if (isTorn(inside, chosen)) return null;
    const made = blockOf(inside, chosen, repeat, id ?? freshId(inside, 'block'));
    const at = inside.nodes.indexOf(chosen.at(-1) ?? made.block);
    const other = (reference: string): string => made.outside.get(reference) ?? reference;
    const nodes = inside.nodes.flatMap((part, number) => {
      if (number === at) return [made.block];
      return chosen.includes(part) ? [] : [reading(part, other)];
    });
    const outputs = Object.entries(inside.outputs).map(([name, from]) => [name, other(from)]);
    return { nodes, outputs: Object.fromEntries(outputs) as Record<string, string> };
  });
  if (folded === graph) return graph;
  const block = id ?? freshId(insideOf(graph, scope) ?? EMPTY, 'block');
  const steps = repeat === null ? [block] : [block, '0'];
  const ids = chosen.map((part) => part.id);
  return { ...folded, tied: tiedWithin(graph, scope, ids, (path) => [...steps, ...path]) };
}

const EMPTY: Inside = { inputs: [], nodes: [], outputs: {} };

/** Whether something outside stands between parts. */
function isTorn(inside: Inside, chosen: readonly Part[]): boolean {
  const ids = new Set(chosen.map((part) => part.id));
  const outside = inside.nodes.filter((part) => !ids.has(part.id));
  return outside.some(
    (part) =>
      chosen.some((each) => leadsTo(inside, each.id, part.id)) &&
      chosen.some((each) => leadsTo(inside, part.id, each.id)),
  );
}

function blockOf(
  inside: Inside,
  chosen: readonly Part[],
  repeat: number | null,
  id: string,
): { block: Block; outside: Map<string, string> } {
  const ids = new Set(chosen.map((part) => part.id));
  const isInner = (reference: string): boolean => ids.has(named(reference));
  const into = unique(chosen.flatMap(sourcesOf).filter((reference) => !isInner(reference)));
  const others = inside.nodes.filter((part) => !ids.has(part.id));
  const read = [...others.flatMap(sourcesOf), ...Object.values(inside.outputs)];
  const out = unique(read.filter(isInner));
  const last = chosen.at(-1)?.id;
  if (!out.length && last !== undefined) out.push(last);
  const names = new Set(ids);
  const inputs = new Map(into.map((reference) => [reference, freshName(names, 'x')]));
  // What comes out first has the name of what goes in first: a chain goes round.
  const [chain] = inputs.values();
  const outputs = out.map((reference, number) => [
    number === 0 && chain !== undefined ? chain : freshName(names, 'y'),
    reference,
  ]);
  const body = {
    inputs: [...inputs.values()],
    nodes: chosen.map((part) => reading(part, (from) => inputs.get(from) ?? from)),
    outputs: Object.fromEntries(outputs) as Record<string, string>,
  };
  const fed = Object.fromEntries([...inputs].map(([reference, name]) => [name, reference]));
  const block: Block = { id, block: body, repeat, inputs: fed };
  const outside = new Map(
    outputs.map(([name = '', reference = ''], number) => [
      reference,
      number === 0 ? id : `${id}:${name}`,
    ]),
  );
  return { block, outside };
}

function freshName(names: Set<string>, wish: string): string {
  const id = freshId({ inputs: [...names], nodes: [], outputs: {} }, wish);
  names.add(id);
  return id;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** Say how many times in a row a block stands; null: once, without a number. */
export function setRepeat(graph: Graph, path: string, repeat: number | null): Graph {
  const { scope, id } = apart(path);
  const block = partAt(graph, path);
  if (!block || !isBlock(block) || (block.repeat ?? null) === repeat) return graph;
  const changed = rewrite(graph, scope, ({ nodes }) => ({
    nodes: nodes.map((part) => (part.id === id ? { ...part, repeat } : part)),
  }));
  const hasNumbers = isNumbered(block);
  const tied = tiedWithin(graph, scope, [id], ([name = '', ...rest]) => {
    const inner = hasNumbers ? rest.slice(1) : rest;
    if (hasNumbers && Number(rest[0]) >= (repeat ?? 1)) return null;
    return repeat === null
      ? [name, ...inner]
      : [name, hasNumbers ? (rest[0] ?? '0') : '0', ...inner];
  });
  return { ...changed, tied };
}

/** Take a block apart: its parts stand in its place, as many times as it was repeated. */
export function unfold(graph: Graph, path: string): Graph {
  const { scope, id } = apart(path);
  const block = partAt(graph, path);
  if (!block || !isBlock(block)) return graph;
  const names: Map<string, string>[] = [];
  const unfolded = rewrite(graph, scope, (inside) => {
    const nodes: Part[] = [];
    const taken = new Set<string>();
    let given: Record<string, string> = { ...block.inputs };
    for (let turn = 0; turn < (block.repeat ?? 1); turn++) {
      const rest = { ...inside, nodes: inside.nodes.filter((part) => part !== block) };
      const ids = new Map<string, string>();
      for (const part of block.block.nodes) {
        const fresh = freshId(rest, part.id, [...taken]);
        taken.add(fresh);
        ids.set(part.id, fresh);
      }
      names.push(ids);
      const outer = (reference: string): string | null => standing(reference, ids, given);
      const next: Record<string, string> = {};
      for (const part of block.block.nodes) {
        const inputs = kept(part.inputs, outer);
        nodes.push({ ...part, id: ids.get(part.id) ?? part.id, inputs } as Part);
      }
      for (const [name, reference] of Object.entries(block.block.outputs)) {
        const from = outer(reference);
        if (from !== null) next[name] = from;
      }
      given = { ...given, ...next };
    }
    const [first = ''] = Object.keys(block.block.outputs);
    const at = inside.nodes.indexOf(block);
    const to = redirected(inside, id, (reference) => {
      const [, port = first] = reference.split(':', 2);
      return given[port] ?? nodes.at(-1)?.id ?? inside.inputs[0] ?? reference;
    });
    const around = to.nodes.filter((part) => part.id !== id);
    return { ...to, nodes: [...around.slice(0, at), ...nodes, ...around.slice(at)] };
  });
  const tied = tiedWithin(graph, scope, [id], ([, ...rest]) => {
    const turn = isNumbered(block) ? Number(rest[0]) : 0;
    const [head = '', ...tail] = isNumbered(block) ? rest.slice(1) : rest;
    const name = names[turn]?.get(head);
    return name === undefined ? null : [name, ...tail];
  });
  return { ...unfolded, tied };
}

/** What a reference inside of a block stands for outside; null: an input that nothing feeds. */
function standing(
  reference: string,
  ids: ReadonlyMap<string, string>,
  given: Readonly<Record<string, string>>,
): string | null {
  const own = ids.get(named(reference));
  return own === undefined ? (given[named(reference)] ?? null) : moved(reference, own);
}

/** Tied groups, where paths of some parts of a scope are written anew from there on; null: gone. */
function tiedWithin(
  graph: Graph,
  scope: Scope,
  ids: readonly string[],
  say: (path: string[]) => string[] | null,
): string[][] {
  const heads = scope === '' ? [] : scope.split('.');
  const written = (path: string): string | null => {
    const way = path.split('.');
    const rest = way.slice(heads.length);
    const isBelow = heads.every(
      (step, at) => step === way[at] || (/^\d+$/.test(step) && /^\d+$/.test(way[at] ?? '')),
    );
    if (!isBelow || !ids.includes(rest[0] ?? '')) return path;
    const then = say(rest);
    return then && join(way.slice(0, heads.length).join('.'), then.join('.'));
  };
  return graph.tied
    .map((group) => group.map(written).filter((path) => path !== null))
    .filter((group) => group.length > 1);
}
