import { expect, it } from 'vitest';

import { mergeJob, section } from './job';
import { JOB } from './testing';

it('lays dotted and nested changes over a job, and leaves the old one alone', () => {
  const job = mergeJob(JOB, { 'optimizer.lr': 3, batch: { size: 8 }, steps: 10 });
  expect(section(job, 'optimizer')).toEqual({ kind: 'SGD', lr: 3, momentum: 0, nesterov: false });
  expect(job.batch).toEqual({ policy: 'minibatch', size: 8, buckets: false });
  expect(job.steps).toBe(10);
  expect(JOB.optimizer.lr).toBe(0.2);
});

it('replaces what is said of nodes as a whole', () => {
  const job = { ...JOB, rates: { hidden1: 0 }, init: {} };
  expect(mergeJob(job, { rates: {} }).rates).toEqual({});
  expect(mergeJob(job, { steps: 3 }).rates).toEqual({ hidden1: 0 });
  expect(mergeJob(job, { 'rates.a.0.b': 2 }).rates).toEqual({ hidden1: 0, 'a.0.b': 2 });
});

it('replaces an entry when its kind changes', () => {
  expect(section(mergeJob(JOB, { optimizer: { kind: 'Adam', lr: 1 } }), 'optimizer')).toEqual({
    kind: 'Adam',
    lr: 1,
  });
  expect(section(mergeJob(JOB, { 'loss.kind': 'Hinge' }), 'loss')).toEqual({ kind: 'Hinge' });
});
