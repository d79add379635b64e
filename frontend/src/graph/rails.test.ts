import { describe, expect, it } from 'vitest';

import { columnsOf } from './columns';
import { portraitOf } from './portrait';
import { isMask, isRail, isTokens, lengthOf } from './rails';
import { entrancesOf, stagesOf } from './stages';
import { inspection, node, spec } from './testing';

const RAIL = { outputs: { output: spec('TD', 9, 16) } };
const tokens = { ...spec('T', 9), dtype: 'int64' as const };
const inputs = [{ port: 'input', source: 'target', spec: tokens }];
const mask = { ...spec('T', 9), dtype: 'bool' as const };
const NODES = [
  node('padding', 'Not', ['target_mask'], {
    inputs: [{ port: 'input', source: 'target_mask', spec: mask }],
    outputs: { output: mask },
  }),
  node('words', 'Embedding', ['target'], { ...RAIL, inputs }),
  node('places', 'SinusoidalPositions', ['words'], RAIL),
  node('self', 'MultiheadAttention', ['places', 'places', 'places', 'padding'], RAIL),
  node('add', 'Add', ['places', 'self'], RAIL),
  node('norm', 'LayerNorm', ['add'], RAIL),
  node('output', 'Linear', ['norm'], { outputs: { output: spec('TD', 9, 30) } }),
];

describe('rails', () => {
  it('are told by their axes', () => {
    expect([isRail(spec('TD', 9, 16)), isRail(spec('CHW', 3, 8, 8)), isRail(null)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([isTokens(tokens), isTokens(mask), isTokens(spec('D', 4))]).toEqual([true, false, false]); // prettier-ignore
    expect([isMask(mask), isMask(tokens)]).toEqual([true, false]);
  });

  it('have a row for each word of the example, not for the padding behind it', () => {
    expect(lengthOf([1, 7, 5, 2, 0, 0])).toBe(4);
    expect(lengthOf([0, 0])).toBe(1);
    const setting = { ground: 'none', reads: null, chooses: false, lengths: new Map([['T', 4]]) } as const; // prettier-ignore
    expect(portraitOf(spec('TD', 9, 16), setting)).toEqual({
      kind: 'rail',
      count: 1,
      rows: 4,
      columns: 16,
    });
    expect(portraitOf(tokens, setting)).toMatchObject({ kind: 'words', rows: 4 });
    expect(portraitOf(spec('TD', 9, 16), { ...setting, weights: [4, 6] })).toMatchObject({
      kind: 'weights',
      rows: 4,
      columns: 6,
    });
  });

  it('are drawn without what changes them little, and without masks', () => {
    const inspected = inspection(NODES);
    const stages = stagesOf(inspected, ['output']);
    expect(columnsOf(stages, entrancesOf(inspected))).toEqual([
      ['target'],
      ['words'],
      ['self'],
      ['output'],
    ]);
  });
});
