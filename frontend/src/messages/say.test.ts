import { describe, expect, it } from 'vitest';

import { has, parts, say } from './say';

describe('messages', () => {
  it('are found by their path', () => {
    expect(say('clock.name')).toBe('Clock');
    expect(has('clock.name')).toBe(true);
    expect(has('clock')).toBe(false);
    expect(has('clock.nothing.here')).toBe(false);
  });

  it('print numbers as people read them', () => {
    expect(say('clock.says', { step: 1448, validation: 0.0929, train: -0.0001234 })).toBe(
      'Step 1,448: validation 0.09290, train −1.234·10⁻⁴.',
    );
  });

  it('count', () => {
    expect(say('connection.caught_up', { steps: 1 })).toBe('Caught up, 1 step.');
    expect(say('connection.caught_up', { steps: 212 })).toBe('Caught up, 212 steps.');
  });

  it('keep what is bold, what is mathematics, and what a panel puts in', () => {
    const word = { tokens: ['circles'] };
    const pieces = parts('recipe.parameters', { parameters: 37, shown: '37' });
    expect(pieces[0]).toEqual({ bold: ['37'] });
    const sentence = parts('recipe.sentence', {
      network: 'a net', dataset: word, optimizer: '', lr: '', schedule: '', batch: '', loss: '', penalty: '', steps: '', seed: '',
    }); // prettier-ignore
    expect(sentence).toContainEqual({ slot: word });
    expect(sentence).toContainEqual({ maths: ['η'] });
  });

  it('are shown by their name where they are missing', () => {
    expect(say('health.of_tomorrow')).toBe('health.of_tomorrow');
  });
});
