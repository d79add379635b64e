import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { Tank } from './tank.svelte';
import { Uttering } from './uttering.svelte';

const tank = { isLive: true, shownStep: 1, runId: 'one', run: { state: 'running' } };
const uttering = (): Uttering => new Uttering(tank as unknown as Tank);
const REFUSAL = {
  code: 'words-unknown',
  detail: 'The network does not know `zqx`.',
  errors: [{ detail: '`zqx` is not known.' }],
};

/** What was asked, in order. */
let asked: string[];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  tank.shownStep = 1;
  vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
    const { text } = JSON.parse(body) as { text: string };
    asked.push(text);
    const isKnown = text !== 'zqx';
    const answer = JSON.stringify(isKnown ? { said: { text } } : REFUSAL);
    return Promise.resolve(new Response(answer, { status: isKnown ? 200 : 422 }));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('asks for something else at once, and for the same at another step later', async () => {
  const one = uttering();
  one.ask({ text: 'a' });
  await vi.advanceTimersByTimeAsync(1);
  expect(one.hasAnswered({ text: 'a' })).toBe(true);
  one.ask({ text: 'b' });
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual(['a', 'b']);
  for (tank.shownStep = 2; tank.shownStep < 9; tank.shownStep++) one.ask({ text: 'b' });
  await vi.advanceTimersByTimeAsync(400);
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toEqual(['a', 'b', 'b']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(3);
});

it('asks of many wishes only for the newest', async () => {
  const one = uttering();
  for (const text of ['a', 'b', 'c', 'd']) one.ask({ text });
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual(['a', 'd']);
  expect(one.said?.said.text).toBe('d');
});

it('does not ask again at every step for what was refused', async () => {
  const one = uttering();
  one.ask({ text: 'zqx' });
  await vi.advanceTimersByTimeAsync(1);
  expect(one.complaints).toEqual(['`zqx` is not known.']);
  tank.shownStep = 2;
  one.ask({ text: 'zqx' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual(['zqx']);
  one.ask({ text: 'a' });
  await vi.advanceTimersByTimeAsync(1);
  expect(one.complaints).toEqual([]);
  expect(asked).toEqual(['zqx', 'a']);
});
