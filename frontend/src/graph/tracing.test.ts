import { describe, expect, it } from 'vitest';

import type { Capture } from '../wire/capture';
import { Atlas, LOSS } from './capture';
import { Assembly } from './layout';
import type { Arrangements } from './layout';
import type { Tracing } from './traced';
import { traced } from './tracing';
import { chain, transformer } from './tracing.testing';

const all = ({ folds }: Capture): Set<string> => new Set([...folds.map(({ path }) => path), LOSS]);
const draw = (capture: Capture, ...open: string[]): Tracing =>
  traced(new Atlas(capture), new Set(open));
const cable = ({ links }: Tracing, from: string, to: string) =>
  links.find((link) => link.from === from && link.to === to);

/** Pairs of what makes and what reads a value, as the drawing leads it over pins at the edges of folds. */
function led({ cards, links }: Tracing): Set<string> {
  const known = new Map(cards.map((card) => [card.id, card]));
  const steps = new Map<string, string[]>();
  const add = (value: string, from: string, to: string): void => {
    steps.set(`${value} ${from}`, [...(steps.get(`${value} ${from}`) ?? []), to]);
  };
  for (const { from, to, forward, back } of links) {
    for (const value of forward) add(value, from, to);
    for (const value of back) add(value, to, from);
  }
  const isEnd = (id: string): boolean => known.get(id)?.sort === 'operation' || id.startsWith('$');
  /** Where a value comes to an end, over all pins from where it is made. */
  const ends = (value: string, from: string): string[] => {
    const met = new Set<string>();
    const open = [from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (met.has(at)) continue;
      met.add(at);
      if (at === from || !isEnd(at))
        open.push(...(steps.get(`${value} ${at}`) ?? []), ...passages(at, cards));
    }
    return [...met].filter((id) => id !== from && isEnd(id));
  };
  const made = [...steps.keys()].flatMap((key) => {
    const [value = '', from = ''] = key.split(' ');
    return known.has(from) && isEnd(from) ? [{ value, from }] : [];
  });
  return new Set(
    made.flatMap(({ value, from }) => ends(value, from).map((to) => `${value} ${from} ${to}`)),
  );
}

/** A pin at the edge of a fold and the fold itself are the same place, seen from inside and outside. */
function passages(at: string, cards: Tracing['cards']): string[] {
  const pin = /^(.+)[<>]/.exec(at)?.[1];
  if (pin !== undefined) return [pin];
  return cards
    .filter(({ id }) => id.startsWith(`${at}>`) || id.startsWith(`${at}<`))
    .map(({ id }) => id);
}

describe('traced', () => {
  it('folds a network to its layers, forward and back in one cable', () => {
    const drawing = draw(chain());
    expect(drawing.cards.filter(({ sort }) => sort === 'fold').map(({ id }) => id)).toEqual([
      'hidden',
      'tanh',
      'output',
      LOSS,
    ]);
    const between = cable(drawing, 'hidden', 'tanh');
    expect(between?.forward).toEqual(['addmm_1']);
    expect(between?.back).toHaveLength(1);
    expect(drawing.links).toHaveLength(5);
  });

  it('draws every operation once and no other, with all folds open', () => {
    const capture = transformer(1);
    const drawing = traced(new Atlas(capture), all(capture));
    const drawn = drawing.cards.filter(({ sort }) => sort === 'operation').map(({ of }) => of);
    const known = [...capture.forward, ...capture.backward].map(({ id }) => id);
    expect(drawn.toSorted()).toEqual(known.toSorted());
  });

  it('leads every value from what makes it to all that read it, and nowhere else', () => {
    for (const capture of [chain(), transformer(1)]) {
      const drawing = traced(new Atlas(capture), all(capture));
      const given = new Set(capture.values.map(({ id }) => id));
      for (const { outputs } of [...capture.forward, ...capture.backward])
        for (const id of outputs) given.delete(id);
      const wanted = new Set<string>();
      for (const reader of [...capture.forward, ...capture.backward])
        for (const id of reader.inputs)
          wanted.add(`${id} ${given.has(id) ? '$' : '#'}${id} #${reader.id}`);
      const drawn = led(drawing);
      for (const way of wanted) expect(drawn).toContain(way);
      // What is more than that are the gradients of parameters, which end at these.
      const more = [...drawn].filter((way) => !wanted.has(way));
      expect(more.every((way) => /\$\S+$/.test(way))).toBe(true);
    }
  });

  it('folds repetitions to one card', () => {
    const drawing = draw(transformer(12));
    const blocks = drawing.cards.find(({ id }) => id === 'blocks');
    expect(blocks).toMatchObject({ sort: 'fold', repeat: 12 });
    expect(blocks?.operations).toBeGreaterThan(500);
    const opened = draw(transformer(12), 'blocks');
    expect(
      opened.cards.filter(({ level }) => level === 'blocks').filter(({ sort }) => sort === 'fold'),
    ).toHaveLength(12);
  });

  it('lays out what a fold hides within its frame', () => {
    const capture = chain();
    const drawing = draw(capture, 'hidden');
    const layout = new Assembly(drawing, 900).atOnce();
    const frame = layout.sizes.get('hidden');
    for (const { id, level, size } of drawing.cards.filter((card) => card.level === 'hidden')) {
      const spot = layout.spots.get(id);
      expect(level).toBe('hidden');
      expect((spot?.x ?? -1) + size.width).toBeLessThanOrEqual(frame?.width ?? 0);
      expect((spot?.y ?? -1) + size.height).toBeLessThanOrEqual(frame?.height ?? 0);
    }
  });

  it('arranges only what has changed', () => {
    const known: Arrangements = new Map();
    const capture = transformer(3);
    const atlas = new Atlas(capture);
    new Assembly(traced(atlas, new Set(['blocks', 'blocks.0'])), 900).atOnce(known);
    const before = known.get('blocks.0');
    new Assembly(traced(atlas, new Set(['blocks', 'blocks.0', 'head'])), 900).atOnce(known);
    expect(known.get('blocks.0')?.arrangement).toBe(before?.arrangement);
  });
});

describe('Atlas', () => {
  it('finds layers, operations and parameters by their names', () => {
    const atlas = new Atlas(transformer(2));
    expect(atlas.find('blocks.1.attention').map(({ sort }) => sort)).toContain('fold');
    expect(atlas.find('softmax').every(({ sort }) => sort === 'operation')).toBe(true);
    expect(atlas.find('head.weight').some(({ sort }) => sort === 'value')).toBe(true);
    expect(atlas.find('nothing of this')).toEqual([]);
  });

  it('goes from an operation to the loss, and back from there', () => {
    const atlas = new Atlas(chain());
    const path = atlas.pathOf(['tanh_2']);
    expect(path).toContain('addmm_4');
    expect(path).toContain('mean_6');
    expect(path).not.toContain('addmm_1');
    const back = [...path].filter((id) => atlas.operations.get(id)?.phase === 'backward');
    const pairs = new Set(back.map((id) => atlas.operations.get(id)?.pair));
    expect(pairs).toEqual(new Set(['tanh_2', 'addmm_4', 'sub_5', 'mean_6']));
  });
});
