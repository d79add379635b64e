import { describe, expect, it } from 'vitest';

import type { Begins } from '../graph/begins';
import { fold, insertAfter, remove, rename, setLayer, setSetting } from '../graph/edit';
import type { Layer } from '../graph/edit';
import type { Effect, Graph, GraphPlan, Inspection } from '../wire/schema';
import { Draft } from './draft.svelte';
import { JOB } from './testing';

const BASE = JOB.graph;
const RELU = { kind: 'ReLU' } as Layer;

const saying = (problems: { severity: string }[] = []): Inspection =>
  ({ parameters: 1, problems, nodes: [] }) as unknown as Inspection;

/** A draft of a run, whose questions are answered when the test says so. */
function scene(): {
  draft: Draft;
  asked: { graph: Graph; answer: (inspection: Inspection) => void }[];
  planned: { graph: Graph; answer: (plan: GraphPlan) => void }[];
  applied: { graph: Graph; begins: Begins; answer: (graph: Graph | null) => void }[];
  at: { node: string | null };
} {
  const asked: { graph: Graph; answer: (inspection: Inspection) => void }[] = [];
  const planned: { graph: Graph; answer: (plan: GraphPlan) => void }[] = [];
  const applied: ReturnType<typeof scene>['applied'] = [];
  const at: { node: string | null } = { node: null };
  const draft = new Draft({
    inspect: (graph) => new Promise((answer) => asked.push({ graph, answer })),
    plan: (graph) => new Promise((answer) => planned.push({ graph, answer })),
    apply: (graph, begins) =>
      new Promise((resolve) => {
        const answer = (now: Graph | null): void => {
          resolve(now && ({ command: { kind: 'graph', graph: now } } as Effect));
        };
        applied.push({ graph, begins, answer });
      }),
    node: () => at.node,
    choose: (node) => (at.node = node),
  });
  draft.follow('run1', BASE, saying());
  return { draft, asked, planned, applied, at };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('a draft', () => {
  it('undoes and redoes without limit, to identical documents', () => {
    const { draft } = scene();
    const documents = [draft.graph];
    for (let width = 1; width <= 200; width++) {
      draft.change(
        `width ${width}`,
        setSetting(draft.graph, 'hidden1', 'out_features', 300 - width),
      );
      documents.push(draft.graph);
    }
    expect(draft.edits.slice(0, 2).map(({ label }) => label)).toEqual(['width 200', 'width 199']);
    for (const document of [...documents].reverse()) {
      expect(draft.graph).toBe(document);
      draft.undo();
    }
    expect([draft.canUndo, draft.isPending, draft.edits]).toEqual([false, false, []]);
    for (const document of documents) {
      expect(draft.graph).toBe(document);
      draft.redo();
    }
    draft.undo();
    draft.change('relu', insertAfter(draft.graph, 'x', RELU));
    expect(draft.canRedo).toBe(false);
  });

  it('counts what is dragged as one edit', () => {
    const { draft } = scene();
    for (const width of [5, 6, 7]) {
      draft.change(`${width}`, setSetting(BASE, 'hidden1', 'out_features', width), 'hidden1.width');
    }
    expect(draft.edits.map(({ label }) => label)).toEqual(['7']);
    draft.undo();
    expect(draft.graph).toBe(BASE);
  });

  it('asks about the newest document only', async () => {
    const { draft, asked } = scene();
    const widths = [5, 6, 7].map((width) => setSetting(BASE, 'hidden1', 'out_features', width));
    for (const graph of widths) draft.change('wider', graph);
    expect(asked.map(({ graph }) => graph)).toEqual([widths[0]]);
    asked[0]?.answer(saying());
    await expect.poll(() => asked.length).toBe(2);
    expect(asked[1]?.graph).toBe(widths[2]);
    expect(draft.judged).toBe(widths[0]);
    asked[1]?.answer(saying([{ severity: 'error' }, { severity: 'warning' }]));
    await turn();
    expect(draft.judged).toBe(widths[2]);
    expect(draft.errors).toHaveLength(1);
    expect(await draft.apply()).toBe(null);
  });

  it('knows what would be kept of a network that can be trained', async () => {
    const { draft, asked, planned } = scene();
    draft.change('wider', setSetting(BASE, 'hidden1', 'out_features', 7));
    asked[0]?.answer(saying([{ severity: 'error' }]));
    await turn();
    expect([planned.length, draft.plan]).toEqual([0, null]);
    draft.change('wider still', setSetting(BASE, 'hidden1', 'out_features', 8));
    await expect.poll(() => asked.length).toBe(2);
    asked[1]?.answer(saying());
    await turn();
    const need = { parameters: 1, most_parameters: 9, memory: 4, most_memory: 99, moment: '' };
    const plan: GraphPlan = { problem: null, node: null, need, tensors: [] };
    expect(planned[0]?.graph).toBe(draft.graph);
    planned[0]?.answer(plan);
    await turn();
    expect(draft.plan).toBe(plan);
    expect(draft.hindrance).toBe(null);
    draft.undo();
    expect(draft.plan).toBe(null);
  });

  it('says what the data have against a network, at the layer that would mend it', async () => {
    const { draft, asked, planned } = scene();
    draft.change('wider', setSetting(BASE, 'hidden1', 'out_features', 7));
    asked[0]?.answer(saying());
    await turn();
    const need = { parameters: 1, most_parameters: 9, memory: 4, most_memory: 99, moment: '' };
    const remedy = { out_features: 1 };
    planned[0]?.answer({ problem: 'Too many.', node: 'output', remedy, need, tensors: [] });
    await turn();
    expect(draft.problems).toEqual([
      { node: 'output', message: 'Too many.', severity: 'error', remedy, insert: null },
    ]);
    expect(draft.hindrance).toBe('Too many.');
    expect(await draft.apply()).toBe(null);
    draft.undo();
    expect([draft.problems, draft.hindrance]).toEqual([[], null]);
  });

  it('weighs the network as it is once somebody looks', async () => {
    const { draft, planned } = scene();
    expect(planned.length).toBe(0);
    draft.weigh();
    expect(planned[0]?.graph).toBe(BASE);
    const need = { parameters: 1, most_parameters: 9, memory: 4, most_memory: 99, moment: '' };
    planned[0]?.answer({ problem: null, node: null, need, tensors: [] });
    await turn();
    expect([draft.need, draft.isWeighed, draft.plan]).toEqual([need, true, null]);
  });

  it('is applied, and goes on from there', async () => {
    const { draft, asked, applied } = scene();
    const wide = setSetting(BASE, 'hidden1', 'out_features', 7);
    draft.change('wider', wide);
    asked[0]?.answer(saying());
    await turn();
    const done = draft.apply();
    expect(draft.applying).toBe(true);
    // What the run says of itself meanwhile is old news.
    draft.follow('run1', { ...BASE }, saying());
    const full = structuredClone(wide);
    applied[0]?.answer(full);
    await done;
    expect([draft.isPending, draft.base, draft.graph, draft.foreign]).toEqual(
      [false, full, full, null], // prettier-ignore
    );
    draft.follow('run1', { ...BASE }, saying());
    expect([draft.isPending, draft.foreign]).toEqual([false, null]);
    draft.follow('run1', structuredClone(full), saying());
    expect(draft.edits).toMatchObject([{ label: 'wider', isPending: false, effect: {} }]);
    draft.undo();
    expect([draft.graph, draft.isPending]).toEqual([BASE, true]);
    draft.discard();
    expect(draft.graph).toBe(full);
  });

  it('tells how its own parts begin, together with them', async () => {
    const { draft, asked, applied } = scene();
    const linear = { kind: 'Linear', out_features: 3, bias: true } as Layer;
    const seven: Begins[string] = { kind: 'constant', val: 7, bias: 0 };
    const ones: Begins[string] = { kind: 'constant', val: 1, bias: 0 };
    draft.change('fresh', insertAfter(BASE, 'x', linear, 'fresh'));
    draft.begin('so', 'fresh', ones);
    draft.begin('otherwise', 'fresh', seven);
    expect(draft.edits.map(({ label }) => label)).toEqual(['otherwise', 'so', 'fresh']);
    draft.undo();
    expect(draft.begins).toEqual({ fresh: ones });
    draft.redo();
    draft.begin('as torch has it', 'fresh', null);
    expect(draft.begins).toEqual({});
    draft.undo();
    // It goes along with its part, and away with it.
    draft.change('called', rename(draft.graph, 'fresh', 'first'));
    draft.change('folded', fold(draft.graph, ['first'], 1, 'tower'));
    expect(Object.values(draft.begins)).toEqual([seven]);
    expect(Object.keys(draft.begins)[0]).toMatch(/^tower\..*first$/);
    draft.undo();
    for (const gone of [remove(draft.graph, 'first'), setLayer(draft.graph, 'first', RELU)]) {
      draft.change('gone', gone);
      expect(draft.begins).toEqual({});
      draft.undo();
    }
    draft.change('wider', setSetting(draft.graph, 'first', 'out_features', 4));
    asked[0]?.answer(saying());
    await turn();
    const done = draft.apply();
    expect(applied[0]?.begins).toEqual({ first: seven });
    applied[0]?.answer(draft.graph);
    await done;
    // From here on the run's own word counts; where the part goes and comes again, this one does.
    draft.change('relu', insertAfter(draft.graph, 'x', RELU));
    expect(draft.begins).toEqual({});
  });

  it('is kept where the run refuses it', async () => {
    const { draft, asked, applied } = scene();
    draft.change('relu', insertAfter(BASE, 'x', RELU));
    asked[0]?.answer(saying());
    await turn();
    const done = draft.apply();
    applied[0]?.answer(null);
    expect(await done).toBe(null);
    expect([draft.isPending, draft.applying, draft.edits.length]).toEqual([true, false, 1]);
  });

  it('is discarded, and brought back', () => {
    const { draft } = scene();
    draft.change('relu', insertAfter(BASE, 'x', RELU));
    const edited = draft.graph;
    draft.discard();
    expect([draft.graph, draft.isPending]).toEqual([BASE, false]);
    draft.redo();
    expect(draft.graph).toBe(edited);
  });

  it('says that the run was changed from elsewhere', () => {
    const { draft } = scene();
    const other = setSetting(BASE, 'hidden2', 'out_features', 9);
    draft.follow('run1', other, saying());
    expect([draft.graph, draft.foreign, draft.isPending]).toEqual([other, null, false]);
    expect(draft.edits.map(({ label }) => label)).toEqual(['']);
    draft.change('relu', insertAfter(other, 'x', RELU));
    const edited = draft.graph;
    const third = setSetting(BASE, 'hidden2', 'out_features', 11);
    draft.follow('run1', third, saying());
    expect([draft.graph, draft.foreign]).toEqual([edited, third]);
    draft.takeUp();
    expect([draft.graph, draft.base, draft.foreign, draft.isPending]).toEqual(
      [edited, third, null, true], // prettier-ignore
    );
    draft.follow('run1', other, saying());
    draft.discard('discarded');
    expect([draft.graph, draft.foreign, draft.isPending]).toEqual([other, null, false]);
  });

  it('begins anew with another network, and goes along with a copy of the run', () => {
    const { draft } = scene();
    draft.change('relu', insertAfter(BASE, 'x', RELU));
    draft.follow('run2', structuredClone(BASE), saying());
    expect(draft.edits).toHaveLength(1);
    draft.follow('run3', setSetting(BASE, 'hidden2', 'out_features', 9), saying());
    expect([draft.edits, draft.isPending]).toEqual([[], false]);
  });

  it('knows which part is chosen', () => {
    const { draft, at } = scene();
    for (const [node, path] of [
      ['hidden1', 'hidden1'],
      ['hidden1.2', 'hidden1'],
      ['hidden1.2@3,4', 'hidden1'],
      ['nobody', null],
      [null, null],
    ] as const) {
      at.node = node;
      expect(draft.node).toBe(path);
    }
    draft.choose('hidden2');
    expect(draft.node).toBe('hidden2');
  });
});
