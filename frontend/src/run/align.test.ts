import { expect, it } from 'vitest';

import type { Run } from '../wire/schema';
import { placing } from './align';
import { comparedAddress, readCompared } from './compared';

const run = (more: object): Run =>
  ({ step: 100, epoch: 10, changes: [], ...more }) as unknown as Run;

it('ends where the run is, whatever it is aligned by', () => {
  expect(placing(run({}), 'step', 160)(50)).toBe(50);
  expect(placing(run({}), 'epoch', 160)(100)).toBe(10);
  expect(placing(run({}), 'epoch', 160)(50)).toBe(5);
  expect(placing(run({}), 'examples', 160)(100)).toBe(1600);
});

it('counts in that batches were others before', () => {
  const changes = [{ key: 'batch.size', before: 16, after: 48, step: 50 }];
  const place = placing(run({ changes }), 'epoch', 160);
  expect(place(50)).toBe(2.5);
  expect(place(100)).toBe(10);
});

it('writes and reads its address', () => {
  const place = { runs: ['abcd', 'efgh'], presets: [], align: 'epoch' as const, example: 12 };
  expect(comparedAddress(place)).toBe('/compare?runs=abcd,efgh&align=epoch&ex=12');
  expect(readCompared('?runs=abcd,efgh&align=epoch&ex=12')).toEqual(place);
  expect(readCompared('?runs=abcd,../x,abcd&align=nonsense&ex=-1')).toEqual({
    runs: ['abcd'],
    presets: [],
    align: 'step',
    example: null,
  });
});

it('names two networks of the gallery', () => {
  const place = readCompared('?presets=vgg,resnet50-paper,../x,lenet5');
  expect(place.presets).toEqual(['vgg', 'resnet50-paper']);
  expect(comparedAddress(place)).toBe('/compare?presets=vgg,resnet50-paper');
});
