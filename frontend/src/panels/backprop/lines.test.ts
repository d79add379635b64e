import { expect, test } from 'vitest';

import type { Cable, TracedCard } from '../../graph/traced';
import { lineOf, toldOf } from './lines';
import type { PlacedCard } from './lines';

const card = (id: string): TracedCard => ({ id, outlets: [], ports: [] }) as unknown as TracedCard;
const at = (id: string, x: number, y: number): PlacedCard => ({
  card: card(id),
  x,
  y,
  width: 100,
  height: 70,
});
const cable = (from: string, to: string, back: string[]): Cable =>
  ({ id: `${from}|${to}`, from, to, forward: ['v'], back, end: {} }) as unknown as Cable;

test('words at a cable lie over no other words, and those of what comes back stay', () => {
  const loss = at('loss', 300, 100);
  const lines = [
    lineOf(cable('y', 'loss', []), at('y', 0, 90), loss, []),
    lineOf(cable('output', 'loss', ['g']), at('output', 0, 100), loss, []),
    lineOf(cable('far', 'loss', []), at('far', 0, 400), at('loss', 300, 400), []),
  ];
  expect([...toldOf(lines)].sort()).toEqual(['far|loss', 'output|loss']);
});

test('a piece that is too short holds no words', () => {
  const line = lineOf(cable('a', 'b', []), at('a', 0, 0), at('b', 140, 0), []);
  expect(toldOf([line]).size).toBe(0);
});
