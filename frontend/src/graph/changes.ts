/** In what two networks differ, for the name of an edit. */

import type { Block, Graph, Node } from '../wire/schema';

export type Difference =
  | { kind: 'setting'; node: string; setting: string; before: string; after: string }
  | { kind: 'added' | 'removed' | 'other' | 'repeat' | 'wires'; node: string; layer: string }
  | { kind: 'several'; count: number }
  | { kind: 'ends' }
  | { kind: 'none' };

type Part = Node | Block;
type Settings = Record<string, unknown>;

/** Say how one network became another: the one thing that differs, or how many parts do. */
export function differenceOf(before: Graph, after: Graph): Difference {
  const [one, other] = [partsOf(before.nodes), partsOf(after.nodes)];
  const found: Difference[] = [];
  for (const [path, part] of other) {
    const old = one.get(path);
    if (!old) found.push({ kind: 'added', node: path, layer: kindOf(part) });
    else found.push(...between(path, old, part));
  }
  for (const [path, part] of one) {
    if (!other.has(path)) found.push({ kind: 'removed', node: path, layer: kindOf(part) });
  }
  // Who stands beside something new or gone is connected anew: that is no change of its own.
  const telling = found.filter(({ kind }) => kind !== 'wires');
  const [first] = telling.length ? telling : found;
  const count = telling.length || found.length;
  if (count > 1) return { kind: 'several', count };
  if (first) return first;
  const ends = ({ inputs, outputs, tied }: Graph): unknown => [inputs, outputs, tied];
  return same(ends(before), ends(after)) ? { kind: 'none' } : { kind: 'ends' };
}

function between(path: string, before: Part, after: Part): Difference[] {
  const layer = kindOf(after);
  const found: Difference[] = [];
  if ('layer' in before && 'layer' in after) found.push(...settings(path, before, after));
  else if ('layer' in before || 'layer' in after) found.push({ kind: 'other', node: path, layer });
  else if (before.repeat !== after.repeat) found.push({ kind: 'repeat', node: path, layer });
  if (!same(before.inputs, after.inputs)) found.push({ kind: 'wires', node: path, layer });
  return found;
}

function settings(path: string, before: Node, after: Node): Difference[] {
  if (before.layer.kind !== after.layer.kind) {
    return [{ kind: 'other', node: path, layer: after.layer.kind }];
  }
  const [one, other] = [before.layer as Settings, after.layer as Settings];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names
    .filter((name) => !same(one[name], other[name]))
    .map((setting) => ({
      kind: 'setting',
      node: path,
      setting,
      before: shown(one[setting]),
      after: shown(other[setting]),
    }));
}

/** All parts by their path, inner ones too; a repeated block's inside once. */
function partsOf(nodes: readonly Part[], prefix = ''): Map<string, Part> {
  const found = new Map<string, Part>();
  for (const part of nodes) {
    found.set(prefix + part.id, part);
    if ('block' in part) {
      for (const [path, inner] of partsOf(part.block.nodes, `${prefix}${part.id}.`)) {
        found.set(path, inner);
      }
    }
  }
  return found;
}

function kindOf(part: Part): string {
  return 'layer' in part ? part.layer.kind : '';
}

/** Whether two parts of documents say the same. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return (a ?? null) === (b ?? null);
  }
  const [one, other] = [a as Settings, b as Settings];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => same(one[key], other[key]));
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join('×');
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
