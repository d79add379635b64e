import { describe, expect, it } from 'vitest';

import type { PresetAnswer } from '../wire/schema';
import { groupsOf, needed, relativesOf } from './gallery';

function preset(id: string, year: number, more: Partial<PresetAnswer> = {}): PresetAnswer {
  const size = id.endsWith('-paper') ? 'paper' : 'pocket';
  const memory = { parameters: 4, gradients: 4, optimizer: 8, activations: 10 };
  const told = { id, year, size, family: 'CNN', title: id, name: id, source: '', summary: '' };
  return { twin: null, memory, ...told, ...more } as PresetAnswer;
}

const all = [
  preset('vgg', 2014),
  preset('mlp-xor', 1986, { family: 'MLP' }),
  preset('vgg16-paper', 2014, { twin: 'vgg' }),
  preset('lenet5', 1998, { source: 'Y. LeCun' }),
  preset('perceptron-and', 1958, { family: 'Perceptron' }),
];
const ids = (presets: readonly PresetAnswer[]): string[] => presets.map(({ id }) => id);

describe('the gallery', () => {
  it('stands in the order of time, the paper before its pocket twin', () => {
    const groups = groupsOf(all);
    expect(groups.map(({ family }) => family)).toEqual(['Perceptron', 'MLP', 'CNN']);
    expect(ids(groups[2]?.presets ?? [])).toEqual(['lenet5', 'vgg16-paper', 'vgg']);
  });

  it('is searched word by word in all that is told', () => {
    expect(groupsOf(all, 'lecun 1998').flatMap(({ presets }) => ids(presets))).toEqual(['lenet5']);
    expect(groupsOf(all, ' VGG  paper')[0]?.presets).toHaveLength(1);
    expect(groupsOf(all, 'capsule')).toEqual([]);
  });

  it('knows the networks of one plan, from either side', () => {
    for (const preset of [all[0], all[2]])
      expect(preset && ids(relativesOf(all, preset))).toEqual(['vgg16-paper', 'vgg']);
  });

  it('counts what a step takes', () => {
    expect(needed(preset('x', 2000), 32)).toBe(16 + 320);
  });
});
