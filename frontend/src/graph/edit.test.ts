import { describe, expect, it } from 'vitest';

import type { Graph, Node } from '../wire/schema';
import {
  addSkip,
  bypass,
  connect,
  copied,
  disconnect,
  dropSkip,
  duplicate,
  everyPart,
  fold,
  insertAfter,
  insertOnWire,
  insideOf,
  isBypassed,
  move,
  partAt,
  paste,
  remove,
  rename,
  setRepeat,
  setSetting,
  unfold,
  wiresOf,
} from './edit';
import { leadsTo, named, sourcesOf } from './parts';

const layer = (kind: string, settings: object = {}): Node['layer'] =>
  ({ kind, ...settings }) as Node['layer'];
const node = (id: string, kind: string, ...inputs: string[]): Node => ({
  id,
  layer: layer(kind),
  inputs,
});

/** a → b → c → d. */
const CHAIN = frozen<Graph>({
  version: 1,
  inputs: { x: { axes: ['D'], shape: [2], dtype: 'float32' } },
  nodes: [
    node('a', 'Linear', 'x'),
    node('b', 'ReLU', 'a'),
    node('c', 'Linear', 'b'),
    node('d', 'Tanh', 'c'),
  ],
  outputs: { y: 'd' },
  tied: [],
});

/** Whoever changes it throws. */
function frozen<T extends object>(value: T): T {
  for (const each of Object.values(value) as unknown[]) {
    if (typeof each === 'object' && each !== null) frozen(each);
  }
  return Object.freeze(value);
}

/** Every wire of a scope as `source>reader`. */
function wires(graph: Graph, scope = ''): string[] {
  return wiresOf(graph, scope).map(({ source, end }) => `${source}>${end.part ?? `=${end.port}`}`);
}

describe('one part', () => {
  it('is put on a wire', () => {
    const end = { scope: '', part: 'c', port: 0 };
    const graph = insertOnWire(CHAIN, end, layer('Linear'), 'n');
    expect(wires(graph)).toEqual(['x>a', 'a>b', 'b>n', 'n>c', 'c>d', 'd>=y']);
    const last = insertOnWire(CHAIN, { scope: '', part: null, port: 'y' }, layer('Linear'));
    expect(wires(last)).toEqual(['x>a', 'a>b', 'b>c', 'c>d', 'd>dense1', 'dense1>=y']);
    expect(insertOnWire(CHAIN, { ...end, port: 7 }, layer('ReLU'))).toBe(CHAIN);
  });

  it('is put behind another, whose readers all read it', () => {
    const skip = addSkip(CHAIN, '', 'a', 'c');
    expect(wires(insertAfter(skip, 'a', layer('ReLU')))).toEqual(
      ['x>a', 'a>relu', 'relu>b', 'b>c', 'c>add', 'relu>add', 'add>d', 'd>=y'], // prettier-ignore
    );
    expect(wires(insertAfter(CHAIN, 'x', layer('ReLU'), 'n')).slice(0, 2)).toEqual(['x>n', 'n>a']);
    expect(insertAfter(CHAIN, 'nobody', layer('ReLU'))).toBe(CHAIN);
  });

  it('is taken out; its readers take its input', () => {
    expect(wires(remove(CHAIN, 'b'))).toEqual(['x>a', 'a>c', 'c>d', 'd>=y']);
    expect(remove(CHAIN, 'd').outputs).toEqual({ y: 'c' });
    expect(remove(CHAIN, 'x')).toBe(CHAIN);
    const tied = { ...CHAIN, tied: [['a.weight', 'c.weight']] };
    expect(remove(tied, 'c').tied).toEqual([]);
  });

  it('changes places, and back', () => {
    const up = move(CHAIN, 'c', 'up');
    expect(wires(up)).toEqual(['x>a', 'a>c', 'c>b', 'b>d', 'd>=y']);
    expect(move(up, 'c', 'down')).toEqual(CHAIN);
    expect(move(CHAIN, 'a', 'up')).toBe(CHAIN);
    expect(move(CHAIN, 'd', 'down')).toBe(CHAIN);
    // A skip stays at its place on the wire.
    expect(wires(move(addSkip(CHAIN, '', 'a', 'c'), 'b', 'up'))).toContain('b>add');
  });

  it('never moves into a circle', () => {
    const both = addSkip(addSkip(CHAIN, '', 'a', 'b'), '', 'a', 'c');
    for (const { path } of everyPart(both)) {
      for (const way of ['up', 'down'] as const) wellFormed(move(both, path, way));
    }
  });

  it('is doubled behind itself', () => {
    expect(wires(duplicate(CHAIN, 'a'))).toEqual(
      ['x>a', 'a>a2', 'a2>b', 'b>c', 'c>d', 'd>=y'], // prettier-ignore
    );
  });

  it('stands aside, and takes part again', () => {
    const aside = bypass(CHAIN, 'b');
    expect(wires(aside)).toEqual(['x>a', 'a>b', 'a>c', 'c>d', 'd>=y']);
    expect([isBypassed(aside, 'b'), isBypassed(CHAIN, 'b')]).toEqual([true, false]);
    expect(bypass(aside, 'b')).toEqual(CHAIN);
    expect(bypass(bypass(CHAIN, 'd'), 'd')).toEqual(CHAIN);
  });

  it('is set and renamed', () => {
    expect(partAt(setSetting(CHAIN, 'a', 'out_features', 7), 'a')).toMatchObject({
      layer: { out_features: 7 },
    });
    const tied = { ...CHAIN, tied: [['a.weight', 'c.weight']] };
    const renamed = rename(tied, 'a', 'first');
    expect(wires(renamed).slice(0, 2)).toEqual(['x>first', 'first>b']);
    expect(renamed.tied).toEqual([['first.weight', 'c.weight']]);
    for (const bad of ['b', 'x', '', '1a', 'a-b']) expect(rename(CHAIN, 'a', bad)).toBe(CHAIN);
  });
});

describe('wires', () => {
  it('lead to a port, never in a circle', () => {
    expect(wires(connect(CHAIN, 'a', { scope: '', part: 'd', port: 0 }))).toContain('a>d');
    expect(connect(CHAIN, 'd', { scope: '', part: 'a', port: 0 })).toBe(CHAIN);
    expect(connect(CHAIN, 'nobody', { scope: '', part: 'd', port: 0 })).toBe(CHAIN);
    expect(connect(CHAIN, 'c', { scope: '', part: null, port: 'y' }).outputs).toEqual({ y: 'c' });
    const add = addSkip(CHAIN, '', 'a', 'c');
    expect(partAt(connect(add, 'x', { scope: '', part: 'add', port: 2 }), 'add')?.inputs).toEqual(
      ['c', 'a', 'x'], // prettier-ignore
    );
  });

  it('are parted; the other ports keep theirs', () => {
    const attention: Node = { ...node('m', 'MultiheadAttention'), inputs: ['x', 'a', 'b'] };
    const graph = { ...CHAIN, nodes: [...CHAIN.nodes, attention] };
    const end = { scope: '', part: 'm', port: 0 };
    expect(partAt(disconnect(graph, end, ['query', 'key', 'value']), 'm')?.inputs).toEqual({
      key: 'a',
      value: 'b',
    });
    expect(partAt(disconnect(graph, end), 'm')?.inputs).toEqual(['a', 'b']);
    expect(disconnect(graph, { ...end, port: 9 })).toBe(graph);
  });

  it('skip layers, and no longer', () => {
    const add = addSkip(CHAIN, '', 'x', 'c');
    expect(wires(add)).toEqual(['x>a', 'a>b', 'b>c', 'c>add', 'x>add', 'add>d', 'd>=y']);
    expect(dropSkip(add, { scope: '', part: 'add', port: 1 })).toEqual(CHAIN);
    expect(addSkip(CHAIN, '', 'c', 'b')).toBe(CHAIN);
  });
});

describe('several parts', () => {
  it('are pasted under new names', () => {
    const parts = copied(CHAIN, ['b', 'c']);
    expect(wires(paste(CHAIN, '', parts))).toEqual(
      ['x>a', 'a>b', 'b>c', 'c>d', 'a>b2', 'b2>c2', 'd>=y'], // prettier-ignore
    );
    expect(wires(paste(CHAIN, '', parts, 'd'))).toEqual(
      ['x>a', 'a>b', 'b>c', 'c>d', 'd>b2', 'b2>c2', 'c2>=y'], // prettier-ignore
    );
  });

  it('are folded into a block and unfolded', () => {
    const tied = { ...CHAIN, tied: [['a.weight', 'c.weight']] };
    const folded = fold(tied, ['b', 'c']);
    expect(wires(folded)).toEqual(['x>a', 'a>block', 'block>d', 'd>=y']);
    expect(wires(folded, 'block')).toEqual(['x>b', 'b>c', 'c>=x']);
    expect(folded.tied).toEqual([['a.weight', 'block.c.weight']]);
    expect(unfold(folded, 'block')).toEqual(tied);
    expect(fold(CHAIN, ['a', 'c'])).toBe(CHAIN);
  });

  it('are repeated, and written out', () => {
    const folded = fold(CHAIN, ['b', 'c'], 3);
    expect(partAt(folded, 'block.0.c')).toMatchObject({ id: 'c' });
    expect(partAt(folded, 'block.2.c')).toMatchObject({ id: 'c' });
    expect(wires(unfold(folded, 'block'))).toEqual(
      ['x>a', 'a>b', 'b>c', 'c>b2', 'b2>c2', 'c2>b3', 'b3>c3', 'c3>d', 'd>=y'], // prettier-ignore
    );
    const tied = { ...folded, tied: [['a.weight', 'block.2.c.weight']] };
    expect(unfold(tied, 'block').tied).toEqual([['a.weight', 'c3.weight']]);
    expect(setRepeat(tied, 'block', 2).tied).toEqual([]);
    expect(setRepeat(tied, 'block', 4).tied).toEqual(tied.tied);
  });

  it('of a block are edited inside of it', () => {
    const folded = fold(CHAIN, ['b', 'c'], 2);
    const graph = insertAfter(folded, 'block.0.b', layer('Dropout'));
    expect(wires(graph, 'block.1')).toEqual(['x>b', 'b>dropout', 'dropout>c', 'c>=x']);
    expect(wires(graph)).toEqual(wires(folded));
  });
});

describe('at random', () => {
  it.each([1, 2, 3, 4, 5])('200 edits and back give the same document (seed %i)', (seed) => {
    const random = generator(seed);
    const past: string[] = [];
    const documents: Graph[] = [CHAIN];
    for (let edit = 0; edit < 200; edit++) {
      const before = documents.at(-1) ?? CHAIN;
      past.push(JSON.stringify(before));
      const after = frozen(anyEdit(before, random));
      wellFormed(after);
      documents.push(after);
    }
    for (const written of past.reverse()) {
      documents.pop();
      expect(JSON.stringify(documents.at(-1))).toBe(written);
    }
    expect(new Set(past).size).toBeGreaterThan(100);
  });
});

/** Numbers from 0 to 1 that are always the same (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function anyEdit(graph: Graph, random: () => number): Graph {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const parts = everyPart(graph);
  const one = pick(parts);
  if (!one) return insertAfter(graph, 'x', layer('Linear'));
  const { path, scope } = one;
  const other = pick(parts.filter((each) => each.scope === scope)) ?? one;
  const [id, otherId, both] = [one.part.id, other.part.id, [path, other.path]];
  const { end } = pick(wiresOf(graph, scope)) ?? { end: { scope, part: null, port: 'y' } };
  const kind = pick(['Linear', 'ReLU', 'Add', 'Dropout']) ?? '';
  const more: readonly (() => Graph)[] = [
    () => insertAfter(graph, path, layer(kind)),
    () => insertOnWire(graph, end, layer(kind)),
    () => duplicate(graph, path),
    () => addSkip(graph, scope, otherId, id),
    () => paste(graph, scope, copied(graph, both), path),
    () => unfold(graph, path),
  ];
  const edits: readonly (() => Graph)[] = [
    () => remove(graph, path),
    () => move(graph, path, random() < 0.5 ? 'up' : 'down'),
    () => bypass(graph, path),
    () => connect(graph, otherId, end),
    () => disconnect(graph, end),
    () => setSetting(graph, path, 'out_features', Math.ceil(random() * 9)),
    () => rename(graph, path, `r${Math.floor(random() * 1000)}`),
    () => dropSkip(graph, end),
    () => fold(graph, both, random() < 0.5 ? null : 2),
    () => setRepeat(graph, path, pick([null, 1, 2, 3]) ?? null),
  ];
  return pick(parts.length > 40 ? edits : [...more, ...edits])?.() ?? graph;
}

/** Every name is unique and every reference leads to something, without a circle. */
function wellFormed(graph: Graph): void {
  const scopes = ['', ...everyPart(graph).flatMap(({ part, scope }) => scopeOf(part, scope))];
  for (const scope of scopes) {
    const inside = insideOf(graph, scope);
    if (!inside) throw new Error(`no scope ${scope}`);
    const names = [...inside.inputs, ...inside.nodes.map(({ id }) => id)];
    expect(new Set(names).size, `names of ${scope}: ${names.join()}`).toBe(names.length);
    for (const part of inside.nodes) {
      for (const source of sourcesOf(part)) {
        expect(names).toContain(named(source));
        expect(leadsTo(inside, part.id, named(source)), `circle at ${part.id}`).toBe(false);
      }
    }
    for (const source of Object.values(inside.outputs)) expect(names).toContain(named(source));
  }
}

function scopeOf(part: ReturnType<typeof everyPart>[number]['part'], scope: string): string[] {
  if (!('block' in part)) return [];
  const path = scope ? `${scope}.${part.id}` : part.id;
  return [typeof part.repeat === 'number' ? `${path}.0` : path];
}
