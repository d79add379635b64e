/** What is done to a part of the network: by pointer and by key. */

import {
  addSkip,
  bypass,
  dropSkip,
  duplicate,
  fold,
  idFor,
  insertOnWire,
  isBypassed,
  move,
  partAt,
  remove,
  rename,
  setLayer,
  setRepeat,
  setSetting,
  unfold,
  wiresOf,
} from '../../graph/edit';
import type { End, Layer } from '../../graph/edit';
import { setting } from '../../graph/number';
import { apart, freshId, insideOf, isBlock, join } from '../../graph/parts';
import { plug } from '../../graph/plug';
import { rowsOf } from '../../graph/stack';
import { titleOf } from '../../graph/stages';
import { say } from '../../messages/say';
import type { Tank } from '../../run/tank.svelte';
import type { Graph, Problem } from '../../wire/schema';
import { opened } from './opened.svelte';

type Values = Record<string, string | number>;

function did(tank: Tank, key: string, values: Values, graph: Graph, together?: string): void {
  tank.draft.change(say(`editor.did.${key}`, values), graph, together ?? null);
}

/** Put a layer on a wire, and choose it. `inputs`: how many of its ports the wire is connected to. */
export function put(tank: Tank, end: End, layer: Layer, inputs = 1): void {
  const { graph } = tank.draft;
  const id = idFor(graph, end.scope, layer.kind);
  did(tank, 'add', { name: titleOf(id) }, insertOnWire(graph, end, layer, id, inputs));
  tank.draft.choose(join(end.scope, id));
}

export function take(tank: Tank, path: string): void {
  const { graph } = tank.draft;
  const rows = rowsOf(graph, new Set());
  const at = rows.findIndex((row) => row.path === path);
  const next = rows[at + 1] ?? rows[at - 1];
  const without = remove(graph, path);
  if (without === graph) return;
  did(tank, 'remove', { name: titleOf(path) }, without);
  tank.draft.choose(next?.path ?? null);
}

export function shift(tank: Tank, path: string, way: 'up' | 'down', together?: string): void {
  const graph = move(tank.draft.graph, path, way);
  did(tank, 'move', { name: titleOf(path), way }, graph, together);
}

export function twin(tank: Tank, path: string): void {
  const { graph } = tank.draft;
  did(tank, 'duplicate', { name: titleOf(path) }, duplicate(graph, path));
}

export function aside(tank: Tank, path: string): void {
  const { graph } = tank.draft;
  const key = isBypassed(graph, path) ? 'join' : 'bypass';
  did(tank, key, { name: titleOf(path) }, bypass(graph, path));
}

export function set(
  tank: Tank,
  path: string,
  name: string,
  value: unknown,
  together?: string,
): void {
  const part = partAt(tank.draft.graph, path);
  if (!part || isBlock(part)) return;
  const values = {
    name: titleOf(path),
    setting: name.replaceAll('_', ' '),
    before: spoken(beforeOf(tank, path, name, together)),
    after: spoken(value),
  };
  did(tank, 'set', values, setSetting(tank.draft.graph, path, name, value), together);
}

/** What a setting was before it is dragged: several changes in a row are one. */
function beforeOf(tank: Tank, path: string, name: string, together?: string): unknown {
  const { draft } = tank;
  const graph = together && draft.isGoingOn(together) ? draft.previous : draft.graph;
  const part = partAt(graph, path);
  return part && !isBlock(part) ? (part.layer as Record<string, unknown>)[name] : null;
}

function spoken(value: unknown): string {
  if (value === null || value === undefined) return say('editor.usual');
  if (typeof value === 'boolean') return say(value ? 'editor.yes' : 'editor.no');
  if (typeof value === 'number') return setting(value);
  return Array.isArray(value) ? value.join(', ') : JSON.stringify(value).replaceAll('"', '');
}

export function call(tank: Tank, path: string, id: string): void {
  const { graph } = tank.draft;
  const renamed = rename(graph, path, id);
  if (renamed === graph) return;
  did(tank, 'rename', { name: titleOf(path), id }, renamed);
  tank.draft.choose(path.slice(0, path.lastIndexOf('.') + 1) + id);
}

export function swap(tank: Tank, path: string, layer: Layer): void {
  const { graph } = tank.draft;
  did(tank, 'swap', { name: titleOf(path), kind: layer.kind }, setLayer(graph, path, layer));
}

/** Let what comes from one place be added behind a part. */
export function skip(tank: Tank, from: string, path: string): void {
  const { scope, id } = apart(path);
  const graph = addSkip(tank.draft.graph, scope, from, id);
  did(tank, 'skip', { from: titleOf(from), name: titleOf(path) }, graph);
}

export function unskip(tank: Tank, end: End, from: string): void {
  did(tank, 'unskip', { from: titleOf(from) }, dropSkip(tank.draft.graph, end));
}

/** Let attention look at what comes from one place: key and value together. */
export function lookAt(tank: Tank, path: string, source: string): void {
  const { graph } = tank.draft;
  const values = { name: titleOf(path), source: titleOf(source) };
  did(tank, 'look', values, plug(graph, path, source));
}

/** Fold a part into a block that is repeated; it may then be given more parts. */
export function wrap(tank: Tank, paths: readonly string[], repeat: number): void {
  const { graph } = tank.draft;
  const [first = ''] = paths;
  const { scope } = apart(first);
  const inside = insideOf(graph, scope);
  const id = inside ? freshId(inside, 'block') : 'block';
  const folded = fold(graph, paths, repeat, id);
  if (folded === graph) return;
  did(tank, 'fold', { name: paths.map(titleOf).join(', ') }, folded);
  tank.draft.choose(join(scope, id));
}

export function unwrap(tank: Tank, path: string): void {
  did(tank, 'unfold', { name: titleOf(path) }, unfold(tank.draft.graph, path));
}

export function repeat(tank: Tank, path: string, count: number | null, together?: string): void {
  const values = { name: titleOf(path), count: count ?? 1 };
  did(tank, 'repeat', values, setRepeat(tank.draft.graph, path, count), together);
}

/** Do what a problem proposes. */
export function mend(tank: Tank, { node, remedy, insert }: Problem): void {
  const { graph } = tank.draft;
  const part = partAt(graph, node);
  if (!part) return;
  if (remedy && !isBlock(part)) {
    for (const [name, value] of Object.entries(remedy))
      set(tank, node, name, value, `mend ${node}`);
  } else if (insert) {
    const { scope } = apart(node);
    const port = Array.isArray(part.inputs) ? insert.port : Object.keys(part.inputs)[insert.port];
    put(tank, { scope, part: part.id, port: port ?? 0 }, insert.layer);
  }
}

/** Look for a layer to put behind a part: on the first wire that leads on from it. */
export function addBehind(tank: Tank, path: string): void {
  const { scope, id } = apart(path);
  const wire = wiresOf(tank.draft.graph, scope).find(({ source }) => source === id);
  if (wire) opened.end = wire.end;
}
