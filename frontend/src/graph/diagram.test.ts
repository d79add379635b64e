import { describe, expect, it } from 'vitest';

import type { Graph, Inspection, LayerEntry, Problem } from '../wire/schema';
import { courseOf } from './course';
import { diagramOf } from './diagram';
import { Assembly, keyOf } from './layout';
import { inspection, node, spec } from './testing';
import { aimKey, aimsFrom, misfits, plainVerdicts, trialOf } from './verdict';

const NOWHERE = { x: NaN, y: NaN };
const NOTHING = { width: NaN, height: NaN };

const entry = (kind: string, more: Partial<LayerEntry> = {}): LayerEntry => ({
  kind,
  title: kind,
  help: '',
  ports: ['input'],
  optional_ports: [],
  variadic: false,
  elementwise: false,
  settings: {},
  ...more,
});
const LAYERS = new Map(
  [entry('Linear'), entry('Add', { variadic: true })].map((each) => [each.kind, each]),
);
const GRAPH: Graph = {
  version: 1,
  inputs: { x: spec('D', 4) },
  nodes: [
    { id: 'first', layer: { kind: 'Linear', out_features: 4, bias: true }, inputs: ['x'] },
    {
      id: 'block',
      repeat: 3,
      inputs: { x: 'first' },
      block: {
        inputs: ['x'],
        nodes: [
          { id: 'a', layer: { kind: 'Linear', out_features: 4, bias: true }, inputs: ['x'] },
          { id: 'add', layer: { kind: 'Add' }, inputs: ['a', 'x'] },
        ],
        outputs: { x: 'add' },
      },
    },
  ],
  outputs: { y: 'block' },
  tied: [],
};
const INSPECTION: Inspection = inspection(
  [
    node('first', 'Linear', ['x']),
    node('block.0.a', 'Linear', ['first'], { repeat: 3 }),
    node('block.0.add', 'Add', ['block.0.a', 'first'], { repeat: 3 }),
  ],
  [
    {
      path: 'block',
      first: 0,
      count: 3,
      repeat: 1,
      inputs: [{ port: 'x', source: 'first', spec: spec('D', 4) }],
      outputs: { x: spec('D', 4) },
    },
  ],
);
const known = { graph: GRAPH, inspection: INSPECTION, before: null, layers: LAYERS };
const folded = diagramOf({ ...known, open: new Set() });
const opened = diagramOf({ ...known, open: new Set(['block']) });

describe('a diagram', () => {
  it('has a card for each part, input and output, and a wire for each connection', () => {
    expect(folded.cards.map(({ id, sort }) => `${id} ${sort}`)).toEqual([
      '>x input',
      'first layer',
      'block block',
      '<y output',
    ]);
    expect(folded.links.map(({ from, to }) => `${from} ${to}`)).toEqual([
      '>x first',
      'first block',
      'block <y',
    ]);
  });

  it('counts the parameters of all repetitions on a folded block', () => {
    expect(folded.cards.find(({ id }) => id === 'block')).toMatchObject({
      parameters: 60,
      repeat: 3,
    });
  });

  it('shows the inside of an open block with its own ports', () => {
    const inside = opened.cards.filter(({ level }) => level === 'block');
    expect(inside.map(({ id }) => id)).toEqual(['block.>x', 'block.a', 'block.add', 'block.<x']);
    expect(inside[2]?.ports.map(({ source }) => source)).toEqual(['a', 'x', null]);
    expect(opened.links.filter(({ level }) => level === 'block')).toHaveLength(4);
    expect(opened.links.every((link) => link.spec?.shape.join() === '4')).toBe(true);
  });

  it('lays an open block around what is in it', () => {
    const { spots, sizes } = new Assembly(opened, 900).atOnce();
    const inside = opened.cards.filter(({ level }) => level === 'block');
    const ends = inside.map(({ id }) => {
      const [{ x, y }, { width, height }] = [spots.get(id) ?? NOWHERE, sizes.get(id) ?? NOTHING];
      return { right: x + width, under: y + height };
    });
    const frame = sizes.get('block') ?? NOTHING;
    expect(Math.max(...ends.map(({ right }) => right))).toBeLessThanOrEqual(frame.width);
    expect(Math.max(...ends.map(({ under }) => under))).toBeLessThanOrEqual(frame.height);
  });

  it('has the same key for the same structure only', () => {
    const again = diagramOf({ ...known, inspection: null, open: new Set() });
    expect(keyOf(again, 800)).toBe(keyOf(folded, 800));
    expect(keyOf(opened, 800)).not.toBe(keyOf(folded, 800));
  });
});

describe('ports that a wire may lead to', () => {
  const from = opened.cards.find(({ id }) => id === 'block.add');
  const aims = from ? aimsFrom(opened, from) : [];

  it('are those of the same level, without circles', () => {
    const verdicts = plainVerdicts(GRAPH, aims, 'add');
    expect(verdicts.get(aimKey('block.a', 0))).toEqual({ reason: 'circle' });
    expect(verdicts.get(aimKey('block.<x', 'x'))).toEqual({ reason: 'same' });
    expect(verdicts.has(aimKey('first', 0))).toBe(false);
  });

  it('are asked about in one trial network, and refused where nothing mends the misfit', () => {
    const image = spec('CHW', 1, 8, 8);
    const trial = trialOf(GRAPH, opened, aims, image);
    expect(trial?.graph.nodes).toHaveLength(1);
    const problem: Problem = { node: 'ask0', message: 'No.', severity: 'error' };
    const answer = { ...inspection([]), problems: [problem] };
    const key = aimKey('block.a', 0);
    expect(trial && misfits(trial, answer, image).get(key)).toEqual({
      reason: 'misfit',
      sentence: 'No.',
    });
    const mended = { ...answer, problems: [{ ...problem, remedy: { bias: 1 } }] };
    expect(trial && misfits(trial, mended, image).size).toBe(0);
  });
});

describe('the course of a wire', () => {
  it('takes the corners that were laid for its ends, and no others', () => {
    const corners = [
      { x: 20, y: 0 },
      { x: 20, y: 50 },
    ];
    expect(courseOf({ x: 0, y: 0 }, { x: 90, y: 50 }, corners).path).toContain('Q20 0');
    expect(courseOf({ x: 0, y: 30 }, { x: 90, y: 50 }, corners).path).not.toContain('Q20 0');
  });

  it('is a straight line between ports of one height', () => {
    expect(courseOf({ x: 0, y: 5 }, { x: 90, y: 5 }, []).path).toBe('M0 5L90 5');
  });
});
