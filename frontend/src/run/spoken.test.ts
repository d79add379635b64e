import { describe, expect, it } from 'vitest';

import { trueValue } from '../wire/frame';
import type { FrameAnswer } from '../wire/schema';
import { frameOf, speaks } from './spoken';

const answer = (details: Record<string, unknown>, data: unknown = []): FrameAnswer =>
  ({
    type: 'frame',
    probe: 'decode',
    step: 3,
    example: 7,
    details,
    arrays: [{ name: 'share', node: '', axes: ['T', 'K'], shape: [2, 2], data }],
  }) as unknown as FrameAnswer;

describe('what a run says', () => {
  it('is sentences, where examples have words and no classes', () => {
    const vocabularies = { source: { words: ['a'], spaced: true } };
    expect(speaks(answer({ vocabularies }))).toBe(true);
    expect(speaks(answer({ vocabularies, classes: ['even', 'odd'] }))).toBe(false);
    expect(speaks(answer({ vocabularies, classes: [] }))).toBe(true);
    expect(speaks(answer({}))).toBe(false);
  });

  it('is read as if it had arrived as a frame', () => {
    const nested = [[0.25, 0.75], [null, 1]]; // prettier-ignore
    const frame = frameOf(answer({ own: 1 }, nested));
    const share = frame.array('share');
    expect(share && [0, 1, 2, 3].map((i) => trueValue(share, i))).toEqual([0.25, 0.75, NaN, 1]);
    expect([frame.step, frame.example, frame.details['own'], frame.array('other')]).toEqual(
      [3, 7, 1, undefined], // prettier-ignore
    );
  });
});
