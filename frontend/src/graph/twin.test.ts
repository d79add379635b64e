import { describe, expect, it } from 'vitest';

import type { Graph, Job, PresetAnswer } from '../wire/schema';
import { besides, isAttentive, twinOf } from './twin';

const graph = (...kinds: string[]): Graph =>
  ({
    version: 1,
    inputs: {},
    nodes: kinds.map((kind) => ({ id: kind.toLowerCase(), layer: { kind }, inputs: [] })),
    outputs: {},
    tied: [],
  }) as unknown as Graph;

const job = (network: Graph, data = 'Digits', task = 'Translation'): Job =>
  ({ graph: network, dataset: { kind: data }, task: { kind: task }, seed: 7 }) as unknown as Job;

const preset = (id: string, network: Graph, data?: string, task?: string): PresetAnswer =>
  ({ id, graph: network, job: job(network, data, task), refusal: null }) as unknown as PresetAnswer;

const PLAIN = graph('Embedding', 'GRU', 'Linear');
const ATTENTIVE = graph('Embedding', 'GRU', 'AttentionGRU', 'Linear');

describe('a twin', () => {
  it('is the recurrent network for the same data and task that has attention where this one has none', () => {
    const presets = [
      preset('itself', PLAIN),
      preset('transformer', graph('Embedding', 'Linear', 'MultiheadAttention')),
      preset('unlike', graph('AttentionGRU')),
      preset('twin', ATTENTIVE),
      preset('other data', ATTENTIVE, 'Dates'),
      preset('other task', ATTENTIVE, 'Digits', 'NextToken'),
    ];
    expect([isAttentive(PLAIN), isAttentive(ATTENTIVE)]).toEqual([false, true]);
    expect(twinOf(job(PLAIN), presets)?.id).toBe('twin');
    expect(twinOf(job(ATTENTIVE), presets)?.id).toBe('itself');
    expect(twinOf(job(graph('Embedding', 'Linear')), presets)).toBe(null);
    expect(twinOf(job(PLAIN), presets.slice(0, 2))).toBe(null);
  });

  it('gets all but the network', () => {
    expect(besides(job(PLAIN))).toMatchObject({ dataset: { kind: 'Digits' }, seed: 7 });
    expect(besides(job(PLAIN))).not.toHaveProperty('graph');
  });
});
