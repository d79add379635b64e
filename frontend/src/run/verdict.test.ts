import { expect, it } from 'vitest';

import type { Run } from '../wire/schema';
import { SeriesStore } from './series';
import { verdictOf, type Contender } from './verdict';

function contender(values: number[], more: Partial<Run> = {}, held: number[] = []): Contender {
  const series = new SeriesStore();
  const curve = (name: string, list: number[]): object => ({
    name,
    steps: list.map((_, i) => i + 1),
    counts: list.map(() => 1),
    values: list.map((value) => [value]),
    low: null,
    high: null,
  });
  series.add([curve('loss', values), curve('validation_loss', held)] as never);
  return { run: { state: 'paused', step: values.length, problem: null, ...more }, series };
}

const flat = (value: number, count = 100): number[] => Array.from({ length: count }, () => value);

it('says by how much a loss is lower, where both have come to', () => {
  const verdict = verdictOf(contender(flat(0.4)), contender(flat(0.2, 60)));
  expect(verdict).toEqual({
    key: 'compare.became.apart',
    values: { step: 60, one: 0.4, other: 0.2, kind: 'train', way: 'lower', times: '2' },
  });
});

it('judges by the held-out loss where there is one', () => {
  const [a, b] = [contender(flat(0.4), {}, flat(0.1)), contender(flat(0.2), {}, flat(0.3))];
  expect(verdictOf(a, b).values).toMatchObject({ kind: 'held', way: 'higher', times: '3' });
});

it('calls losses alike that are', () => {
  expect(verdictOf(contender(flat(0.4)), contender(flat(0.401))).key).toBe('compare.became.alike');
});

it('sees a spike after the fork, and none that both have', () => {
  const spiked = [...flat(0.4, 50), ...flat(8, 20), ...flat(0.4, 30)];
  const verdict = verdictOf(contender(flat(0.4)), contender(spiked));
  expect(verdict.key).toBe('compare.became.spiked');
  expect(Number(verdict.values['step'])).toBeGreaterThan(50);
  expect(verdictOf(contender(spiked), contender(spiked)).key).toBe('compare.became.alike');
  expect(verdictOf(contender(flat(0.4)), contender(spiked), 90).key).not.toBe(
    'compare.became.spiked',
  );
});

it('says who has left the finite numbers', () => {
  const gone = contender(flat(1, 37), { state: 'diverged' });
  expect(verdictOf(contender(flat(1)), gone)).toEqual({
    key: 'compare.became.infinite',
    values: { step: 37 },
  });
  expect(verdictOf(gone, contender(flat(1))).key).toBe('compare.became.finite');
});

it('does not judge a run that has taken no step', () => {
  expect(verdictOf(contender(flat(1)), contender([])).key).toBe('compare.became.nothing');
  expect(verdictOf(contender(flat(1)), contender(flat(1, 50)), 50).key).toBe(
    'compare.became.nothing',
  );
});
