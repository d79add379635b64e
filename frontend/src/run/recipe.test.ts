import { describe, expect, it } from 'vitest';

import { setting } from '../graph/number';
import { parts } from '../messages/say';
import type { Part } from '../messages/say';
import type { Job } from '../wire/schema';
import { mergeJob } from './job';
import type { Changes } from './job';
import { recipeOf } from './recipe';
import { CATALOGUE, JOB } from './testing';
import type { Token, Word } from './words';

/** The sentence as it is read. */
function read(job: Job): string {
  const { slots } = recipeOf(job, CATALOGUE);
  const values = Object.fromEntries(
    Object.entries(slots).map(([name, tokens]) => [name, { tokens }]),
  );
  return flat(parts('recipe.sentence', values));
}

function flat(pieces: readonly Part[]): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if ('slot' in piece) return (piece.slot as { tokens: Token[] }).tokens.map(spoken).join('');
      return flat('bold' in piece ? piece.bold : piece.maths);
    })
    .join('');
}

function spoken(token: Token): string {
  if (typeof token === 'string') return token;
  if (token.kind === 'number') return setting(token.value);
  return token.options.find(({ value }) => value === token.value)?.label ?? '?';
}

function wordsOf(job: Job): Word[] {
  const { slots, rest } = recipeOf(job, CATALOGUE);
  const spokenWords = Object.values(slots)
    .flat()
    .filter((token): token is Word => typeof token !== 'string');
  return [...spokenWords, ...rest.map(({ word }) => word)];
}

function word(job: Job, id: string): Word {
  const found = wordsOf(job).find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no word ${id}`);
  return found;
}

function choose(job: Job, id: string, label: string): Changes {
  const chosen = word(job, id);
  const option =
    chosen.kind === 'choice'
      ? chosen.options.find((candidate) => candidate.label === label)
      : undefined;
  if (!option) throw new Error(`no ${label} for ${id}`);
  return option.changes;
}

describe('the recipe', () => {
  it('is one sentence', () => {
    expect(read(JOB)).toBe(
      'Train a 2 – 4 – 3 – 1 tanh net on circles, noise 0.1 with SGD, η = 0.2, batch 16, minimising squared error, for 2,000 steps from seed 5.',
    );
  });

  it('says every setting that is in force', () => {
    const job = mergeJob(JOB, {
      'optimizer.momentum': 0.9,
      'dataset.gap': 0.2,
      regulariser: { kind: 'L2', strength: 1e-4 },
      schedule: { kind: 'StepDrop', gamma: 0.1 },
      'batch.policy': 'full',
    });
    const sentence = read(job);
    for (const said of [
      'momentum, β = 0.9',
      'gap 0.2',
      '+ 10⁻⁴ · L2',
      'dropping, × 0.1',
      'full batch',
    ]) {
      expect(sentence).toContain(said);
    }
  });

  it('has each setting exactly once, spoken or in the list behind it', () => {
    const ids = wordsOf(JOB).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of [
      'dataset.samples',
      'dataset.gap',
      'regulariser',
      'schedule',
      'precision',
      'engine',
      'optimizer.momentum',
    ]) {
      expect(ids).toContain(id);
    }
  });

  it('keeps the rate when the learning rule changes', () => {
    expect(choose(JOB, 'optimizer', 'Adam')).toEqual({ optimizer: { kind: 'Adam', lr: 0.2 } });
    expect(choose(JOB, 'optimizer', 'Nesterov')).toEqual({
      optimizer: { kind: 'SGD', lr: 0.2, momentum: 0.9, nesterov: true },
    });
  });

  it('names a rule by its settings', () => {
    const value = (changes: Changes): string =>
      String(word(mergeJob(JOB, changes), 'optimizer').value);
    expect(value({})).toBe('SGD SGD');
    expect(value({ 'optimizer.momentum': 0.5 })).toBe('SGD momentum');
    expect(value({ 'optimizer.momentum': 0.5, 'optimizer.nesterov': true })).toBe('SGD Nesterov');
    expect(value({ optimizer: { kind: 'Adam', lr: 1 } })).toBe('Adam');
  });

  it('offers what fits: data of the same kind, losses of the task', () => {
    const labels = (id: string): string[] => {
      const chosen = word(JOB, id);
      return chosen.kind === 'choice' ? chosen.options.map(({ label }) => label) : [];
    };
    expect(labels('dataset')).toEqual(['circles', 'truth table']);
    expect(labels('loss')).toEqual(['cross-entropy', 'squared error']);
  });

  it('offers every precision, each with what it means', () => {
    const chosen = word(JOB, 'precision');
    const options = chosen.kind === 'choice' ? chosen.options : [];
    expect(options.map(({ value }) => value)).toEqual(['float32', 'float64', 'tf32', 'bf16']);
    for (const { value, help, changes } of options) {
      expect(help).toMatch(/float32|float64|bfloat16/);
      expect(changes).toEqual({ precision: value });
    }
  });

  it('begins a new run for what cannot change in the middle of one', () => {
    const fresh = wordsOf(JOB)
      .filter((candidate) => candidate.fresh)
      .map(({ id }) => id);
    expect(fresh.sort()).toEqual([
      'graph.activation',
      'graph.hidden1',
      'graph.hidden2',
      'precision',
      'seed',
    ]);
  });

  it('widens a layer in place', () => {
    const chosen = word(JOB, 'graph.hidden2');
    const job = mergeJob(JOB, chosen.kind === 'number' ? chosen.changes(7) : {});
    expect(read(job)).toContain('2 – 4 – 7 – 1 tanh');
    expect(job.graph.nodes).toHaveLength(6);
  });

  it('bends all hidden layers alike, and names their nodes after what they do', () => {
    const job = mergeJob(JOB, choose(JOB, 'graph.activation', 'ReLU'));
    expect(job.graph.nodes.map(({ id }) => id)).toEqual([
      'hidden1', 'hidden1_relu', 'hidden2', 'hidden2_relu', 'output', 'output_tanh',
    ]); // prettier-ignore
    expect(job.graph.nodes.map((node) => (node as { inputs: string[] }).inputs[0])).toEqual([
      'x', 'hidden1', 'hidden1_relu', 'hidden2', 'hidden2_relu', 'output',
    ]); // prettier-ignore
    expect(job.graph.outputs).toEqual({ y: 'output_tanh' });
    expect(read(job)).toContain('1 ReLU net');
  });

  it('calls a network that is no chain by its name, or else its title', () => {
    const [first, ...others] = JOB.graph.nodes;
    const twice = { ...first, inputs: ['x', 'x'] } as unknown as (typeof others)[number];
    const graph = { ...JOB.graph, nodes: [twice, ...others] };
    expect(read(mergeJob(JOB, { graph, name: 'LeNet-5' }))).toMatch(/^Train LeNet-5 on /);
    expect(read(mergeJob(JOB, { graph }))).toMatch(/^Train MLP separates two circles on /);
  });
});
