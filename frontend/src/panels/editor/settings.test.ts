import { describe, expect, it } from 'vitest';

import type { Layer } from '../../graph/edit';
import type { Catalogue } from '../../wire/schema';
import { settings } from './settings';

const CATALOGUE = {
  layers: [
    {
      kind: 'MaxPool2d',
      settings: {
        properties: {
          kind: { const: 'MaxPool2d' },
          kernel_size: { type: 'integer', default: 2, minimum: 1, maximum: 1024 },
          stride: {
            anyOf: [{ type: 'integer', minimum: 1, maximum: 1024 }, { type: 'null' }],
            default: null,
          },
          bias: { type: 'boolean', default: true },
          approximate: { enum: ['none', 'tanh'], default: 'none' },
          axes: { type: 'array', items: {}, default: [-1, -2] },
          axis: { anyOf: [{ type: 'string' }, { type: 'integer' }], default: -1 },
        },
      },
    },
  ],
} as unknown as Catalogue;
const LAYER = { kind: 'MaxPool2d', kernel_size: 3, stride: null } as Layer;

describe('settings', () => {
  it('follow the schema', () => {
    expect(settings(CATALOGUE, LAYER)).toMatchObject([
      { kind: 'number', name: 'kernel_size', value: 3, usual: null, scale: 'whole' },
      { kind: 'number', name: 'stride', value: null, usual: 3, range: { low: 1, high: 1024 } },
      { kind: 'choice', value: 'yes' },
      { kind: 'choice', value: 'none' },
      { kind: 'text', value: '-1, -2' },
      { kind: 'text', value: '-1' },
    ]);
  });

  it('are read back', () => {
    const [, , bias, , axes, axis] = settings(CATALOGUE, LAYER);
    const read = (setting: typeof bias, text: string): unknown =>
      setting && setting.kind !== 'number' ? setting.read(text) : undefined;
    expect(read(bias, 'no')).toBe(false);
    expect(read(axes, 'T, −1')).toEqual(['T', -1]);
    expect(read(axes, '')).toBe(undefined);
    expect(read(axis, 'C')).toBe('C');
    expect(read(axis, 'a b')).toBe(undefined);
  });

  it('are none without a catalogue', () => {
    expect(settings(null, LAYER)).toEqual([]);
  });
});
