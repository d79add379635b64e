import { describe, expect, it } from 'vitest';

import { settingsText, valueText } from './settings';

describe('the settings of a layer', () => {
  it('are told where they are not the usual ones', () => {
    const layer = {
      kind: 'Conv2d', out_channels: 64, kernel_size: 3, stride: 1, padding: 1, groups: 1, bias: false,
    }; // prettier-ignore
    expect(settingsText(layer)).toBe('out_channels 64, kernel_size 3, padding 1, bias false');
    expect(settingsText({ kind: 'ReLU' })).toBe('');
    expect(settingsText({ kind: 'MaxPool2d', kernel_size: 2, stride: null })).toBe('kernel_size 2');
  });

  it('are short', () => {
    expect([0.0005, [2, 3], true, 'C', null].map(valueText)).toEqual([
      '5·10⁻⁴',
      '2×3',
      'true',
      'C',
      '–',
    ]);
  });
});
