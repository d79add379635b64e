import { expect, it } from 'vitest';

import { say } from '../messages/say';
import type { Speeds, SweepMark } from '../wire/schema';
import { engineOf, gainOf } from './speed';
import { lossesAt, rateReading, seedReading } from './sweeping';

const mark = (train: (number | null)[], diverged: boolean[]): SweepMark => ({
  step: 300,
  steps: 200,
  diverged,
  evaluation: { train_loss: train, validation_loss: train },
});

it('names the rate that comes lowest, beside the present one, and counts those that diverged', () => {
  const three = mark([0.4, 0.1, null], [false, false, true]);
  const reading = rateReading([0.01, 0.1, 1], three, 0.01);
  expect(say(reading.key, reading.values)).toBe(
    'After 200 steps η = 0.1 comes lowest, to 0.1000; η = 0.01 of this run comes to 0.4000. One copy diverged.',
  );
  expect(rateReading([0.01, 0.1, 1], three, 0.1).key).toBe('sweep.says.lowest');
  expect(lossesAt(three)).toEqual([0.4, 0.1, null]);
});

it('says so where every copy is gone', () => {
  expect(rateReading([1, 2], mark([null, null], [true, true]), 1).key).toBe('sweep.says.all_gone');
});

it('tells how far seeds spread', () => {
  const reading = seedReading(mark([0.4, 0.1, 0.2], [false, false, false]));
  expect(reading.values).toEqual({ steps: 200, least: 0.1, most: 0.4, middle: 0.2 });
});

const line = (engine: string, rates: number[]): Speeds['lines'][number] => ({
  device: 'cpu',
  card: '',
  engine,
  sizes: rates.map((_, i) => 2 ** i),
  rates,
});

it('says what many at a time save', () => {
  const rates = [1000, 2000, 4000, 8000, 15000, 18000, 21000, 22000];
  expect(gainOf(line('chain', rates))).toEqual({ size: 64, times: '21', one: 1000, many: 21000 });
  expect(gainOf(line('chain', [1000]))).toBeNull();
});

it('compares the engine that trains with the reference, at the batch in force', () => {
  const lines = [line('chain', [1000, 2000, 4000]), line('plain', [100, 200, 500])];
  expect(engineOf(lines, 3)).toEqual({ engine: 'chain', size: 2, times: '10' });
});
