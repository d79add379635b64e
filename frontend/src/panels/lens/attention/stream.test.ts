import { expect, test } from 'vitest';

import { framed } from '../../../graph/framed.testing';
import { shareOf, streamAt, streamsOf } from './stream';

const NODES = [
  { path: 'e.add', writer: 'e.attention', input: 'source' },
  { path: 'd.add1', writer: 'd.self', input: 'target' },
  { path: 'd.add2', writer: 'd.cross', input: 'target' },
];
const frame = framed(
  NODES.flatMap(({ path }, i) => [
    { name: 'stream', node: path, values: [2, 4 + i] },
    { name: 'written', node: path, values: [1, 2] },
    { name: 'cosine', node: path, values: [0.5, -0.25] },
  ]),
  { nodes: NODES, tokens: { source: ['the', 'dog'], target: ['<bos>', 'der'] } },
);

test('additions at the words of one input are one stack, the last on top, on one scale', () => {
  const [source, target] = streamsOf(frame);
  expect(source?.words).toEqual(['the', 'dog']);
  expect(target?.additions.map(({ writer }) => writer)).toEqual(['d.cross', 'd.self']);
  expect([source?.greatest, target?.greatest]).toEqual([4, 6]);
});

test('a layer is found in the stack that it writes into; any other layer sees the last', () => {
  const streams = streamsOf(frame);
  expect(streamAt(streams, 'e.attention')?.input).toBe('source');
  expect(streamAt(streams, 'output')?.input).toBe('target');
  expect(streamAt([], 'output')).toBeNull();
});

test('what is written is told as a share of the stream', () => {
  const [source] = streamsOf(frame);
  expect(source?.additions.map(shareOf)).toEqual([{ share: 0.5, cosine: 0.125 }]);
});
