import { describe, expect, it } from 'vitest';

import { endingOf, readDocument } from './exchange.svelte';

describe('what a file is', () => {
  it('is told by the ending of its name', () => {
    expect(endingOf('run-step-40.ONNX')).toBe('onnx');
    expect(endingOf('a.b.safetensors')).toBe('safetensors');
    expect(endingOf('net.py')).toBe('py');
    expect(['model.pt', 'json', 'weights.pkl', ''].map(endingOf)).toEqual([
      null,
      'json',
      null,
      null,
    ]);
  });

  it('is, as JSON, a job or a network by what it holds', () => {
    const graph = { inputs: {}, nodes: [], outputs: {} };
    expect(readDocument(JSON.stringify({ graph, dataset: {} }))).toHaveProperty('job');
    expect(readDocument(JSON.stringify(graph))).toHaveProperty('graph');
    for (const text of ['', '[]', 'null', '1', '{"nodes": []}', '{', '{"a": '])
      expect(readDocument(text)).toBeNull();
  });
});
