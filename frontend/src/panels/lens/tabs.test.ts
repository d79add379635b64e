import { describe, expect, it } from 'vitest';

import { choose } from '../../graph/choice';
import { stagesOf } from '../../graph/stages';
import { inspection, node } from '../../graph/testing';
import { lensesFor, openLens } from './tabs';

const stages = stagesOf(
  inspection([
    node('hidden1', 'Linear', ['x']),
    node('hidden1_tanh', 'Tanh', ['hidden1']),
    node('norm', 'LayerNorm', ['hidden1_tanh']),
    node('drop', 'Dropout', ['norm']),
    node('output', 'Linear', ['drop']),
  ]),
);

function lenses(name: string, ground: 'plane' | 'none' = 'plane'): string[] {
  const chosen = choose(stages, name);
  return chosen ? lensesFor(chosen, { stages, entrances: [] }, ground) : [];
}

describe('lenses', () => {
  it('are those that apply', () => {
    expect(lenses('hidden1.1')).toEqual([
      'arithmetic',
      'hidden',
      'activation',
      'history',
      'gradients',
    ]);
    expect(lenses('output.1', 'none')).toEqual(['arithmetic', 'loss', 'history', 'gradients']);
    expect(lenses('norm.1', 'none')).toEqual([]);
    expect(lenses('drop.1', 'none')).toEqual(['mask']);
  });

  it('open with the one at the cursor, or the first', () => {
    expect(openLens('hidden', ['arithmetic', 'hidden'], 'values')).toBe('hidden');
    expect(openLens('film', ['arithmetic', 'hidden'], 'values')).toBe('arithmetic');
    expect(openLens(null, ['arithmetic', 'gradients'], 'gradients')).toBe('gradients');
    expect(openLens(null, [], 'values')).toBeNull();
  });
});
