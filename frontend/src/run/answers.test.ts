import { expect, it } from 'vitest';

import type { FrameAnswer } from '../wire/schema';
import { answersOf, disagreements, type Answers } from './answers';

const frame = (arrays: Record<string, unknown>, classes: string[] = []): FrameAnswer =>
  ({
    step: 7,
    details: { classes },
    arrays: Object.entries(arrays).map(([name, data]) => ({ name, data })),
  }) as unknown as FrameAnswer;

function read(
  answer: Record<string, unknown>,
  data: Record<string, unknown>,
  classes?: string[],
): Answers {
  const found = answersOf(frame(answer), frame(data, classes));
  if (!found) throw new Error('there are no answers');
  return found;
}

it('reads two classes from the sign of one answer', () => {
  const { said } = read({ answer: [0.8, -0.3] }, { id: [4, 5], label: [1, 1] }, ['−1', '+1']);
  expect(said).toEqual([
    { choice: 1, share: 0.8, value: 0.8, shares: [] },
    { choice: 0, share: 0.3, value: -0.3, shares: [] },
  ]);
});

it('takes the greatest probability, and puts what both are sure of first', () => {
  const data = { id: [4, 5, 6], label: [0, 1, 0] };
  const names = ['a', 'b'];
  const one = read(
    {
      probability: [
        [0.9, 0.1],
        [0.6, 0.4],
        [0.9, 0.1],
      ],
    },
    data,
    names,
  );
  const other = read(
    {
      probability: [
        [0.1, 0.9],
        [0.3, 0.7],
        [0.8, 0.2],
      ],
    },
    data,
    names,
  );
  expect(disagreements([one, other])).toEqual([
    { index: 0, weight: 0.9 },
    { index: 1, weight: 0.6 },
  ]);
});

it('puts numbers that lie farthest apart first', () => {
  const data = { id: [4, 5], target: [[1], [2]] };
  const one = read({ answer: [[1], [2]] }, data);
  const other = read({ answer: [[1.5], [4]] }, data);
  expect(disagreements([one, other]).map(({ index }) => index)).toEqual([1, 0]);
  expect(disagreements([one])).toEqual([]);
});

it('knows no answers that cannot be laid beside others', () => {
  expect(answersOf(frame({ loss: [1] }), frame({ id: [4] }))).toBeNull();
  expect(answersOf(frame({ answer: [1, 2] }), frame({ id: [4], label: [0] }))).toBeNull();
});
