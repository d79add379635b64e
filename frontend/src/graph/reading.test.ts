import { expect, it } from 'vitest';

import { forPeople } from './reading';

it('names nodes by their titles and counts units from 1', () => {
  const values = { node: 'hidden1', unit: 0, share: 0.25, said: '+1' };
  expect(forPeople({ values })).toEqual({ node: 'hidden 1', unit: 1, share: 0.25, said: '+1' });
});
