import { expect, it } from 'vitest';

import type { Graph, Node } from '../wire/schema';
import { addSkip } from './edit';
import { followersOf, insideOf } from './parts';

const node = (id: string, kind: string, ...inputs: string[]): Node => ({
  id,
  layer: { kind } as Node['layer'],
  inputs,
});

it('something can be added behind a part unless the part leads to it', () => {
  const chain: Graph = {
    version: 1,
    inputs: { x: { axes: ['D'], shape: [2], dtype: 'float32' } },
    nodes: ['x', 'a', 'b', 'c'].map((from, i) => node('abcd'.charAt(i), 'Tanh', from)),
    outputs: { y: 'd' },
    tied: [],
  };
  const graph = addSkip(addSkip(chain, '', 'a', 'c'), '', 'x', 'b');
  const inside = insideOf(graph, '');
  const ids = graph.nodes.map(({ id }) => id);
  for (const behind of ids)
    for (const from of ['x', ...ids])
      expect(inside && followersOf(inside, behind).has(from)).toBe(
        addSkip(graph, '', from, behind) === graph,
      );
});
