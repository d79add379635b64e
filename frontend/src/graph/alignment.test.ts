import { describe, expect, it } from 'vitest';

import { alignmentOf, greatest, sharpness, usualRow } from './alignment';
import { framed } from './framed.testing';

const NODE = {
  path: 'cross',
  kind: 'MultiheadAttention',
  heads: 2,
  query: 'target',
  key: 'source',
};
const TOKENS = { source: ['the', 'cat', '<eos>'], target: ['<bos>', 'die', 'Katze', '<eos>'] };
const WEIGHTS = [
  [0.6, 0.2, 0.2, 0.2, 0.6, 0.2, 0.2, 0.2, 0.6, 1, 0, 0],
  [0.8, 0.2, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1],
].flat();
const weights = { name: 'weights', node: 'cross', axes: ['M', 'T', 'S'], shape: [2, 4, 3], values: WEIGHTS }; // prettier-ignore
const frame = framed([weights], { nodes: [NODE], tokens: TOKENS });

describe('an alignment', () => {
  it('has a row for each word that is said, and a column for each word that is read', () => {
    const found = alignmentOf(frame, 'cross', 'target');
    expect(found?.columns).toEqual(['the', 'cat', '<eos>']);
    expect(found?.rows).toEqual([
      { heard: '<bos>', says: 'die' },
      { heard: 'die', says: 'Katze' },
      { heard: 'Katze', says: '<eos>' },
    ]);
    expect(usualRow({ rows: found?.rows ?? [] })).toBe(1);
    expect(alignmentOf(frame, 'other', 'target')).toBeNull();
    expect(alignmentOf(null, 'cross', 'target')).toBeNull();
  });

  it('is that of one head, or the mean of all', () => {
    const found = alignmentOf(frame, 'cross', 'target');
    const rounded = (head: number | null): number[] =>
      Array.from(found?.of(head) ?? [], (x) => Math.round(100 * x) / 100);
    expect(rounded(1)).toEqual([0.8, 0.2, 0, 0, 1, 0, 0, 0, 1]);
    expect(rounded(null)).toEqual([0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1, 0.8]);
    const mean = found?.of(null) ?? new Float32Array();
    expect(greatest(mean, 2, 3).column).toBe(2);
    expect(sharpness(mean, 3, 3)).toBeCloseTo((0.7 + 0.8 + 0.8) / 3);
  });

  it('counts places where nobody knows their words', () => {
    const found = alignmentOf(framed([weights], { nodes: [{ ...NODE, query: '', key: '' }] }), 'cross', 'target'); // prettier-ignore
    expect(found?.rows.map(({ heard }) => heard)).toEqual(['1', '2', '3', '4']);
    expect(found?.columns).toEqual(['1', '2', '3']);
    expect(usualRow({ rows: found?.rows ?? [] })).toBe(3);
  });
});
