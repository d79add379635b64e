import { describe, expect, it } from 'vitest';

import type { Graph } from '../wire/schema';
import { contextOf } from './context';

const graph = (reads: readonly string[], settings: object = {}): Graph =>
  ({
    version: 1,
    inputs: {},
    nodes: [
      { id: 'encoder', layer: { kind: 'GRU', hidden_size: 2, ...settings }, inputs: ['x'] },
      { id: 'next', layer: { kind: 'Concat' }, inputs: reads },
    ],
    outputs: { y: 'next' },
    tied: [],
  }) as unknown as Graph;

describe('the context', () => {
  it('is the last state, where something reads it', () => {
    expect(contextOf(graph(['encoder:state']), 'encoder')).toEqual({
      isAlone: true,
      isTwoWay: false,
    });
    for (const other of ['encoder', 'encoder:output'])
      expect(contextOf(graph(['encoder:state', other]), 'encoder')?.isAlone).toBe(false);
    expect(contextOf(graph(['encoder:output']), 'encoder')).toBe(null);
    expect(contextOf(graph(['encoder:state'], { bidirectional: true }), 'encoder')?.isTwoWay).toBe(
      true,
    );
    expect(contextOf(graph(['encoder:state']), 'nobody')).toBe(null);
  });
});
