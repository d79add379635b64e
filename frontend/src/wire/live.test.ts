import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Frame } from './frame';
import { CommandRefused, Live } from './live';
import type { Follower } from './live';
import type { Metrics, RunEvent } from './schema';
import { FakeSocket } from './testing';

let sockets: FakeSocket[];
let live: Live;
let stored: string[];

const last = (): FakeSocket => {
  const socket = sockets.at(-1);
  if (!socket) throw new Error('no socket');
  return socket;
};

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  stored = [];
  live = new Live({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    build: 'index-abc',
    status: () => undefined,
    storage: (storage) => stored.push(storage),
    now: () => Date.now(),
    random: () => 1,
  });
});

afterEach(() => {
  live.close();
  vi.useRealTimers();
});

class Listener implements Follower {
  readonly seen: number[] = [];
  reloads = 0;
  event(event: RunEvent): void {
    this.seen.push(event.seq);
  }
  metrics(metrics: Metrics): void {
    this.seen.push(metrics.seq);
  }
  reload(): void {
    this.reloads++;
  }
}

const metrics = (seq: number, epoch = 'e1'): object => ({
  type: 'metrics',
  run: 'abcd',
  epoch,
  seq,
  series: [],
});

describe('following a run', () => {
  it('hands on records in order, once', () => {
    const listener = new Listener();
    last().open();
    live.watch('abcd', { epoch: 'e1', seq: 4 }, listener);
    expect(last().of('watch')[0]).toMatchObject({ run: 'abcd', resume: { epoch: 'e1', seq: 4 } });
    for (const seq of [4, 5, 5, 6]) last().saySomeBytes(metrics(seq));
    expect(listener.seen).toEqual([5, 6]);
    expect(listener.reloads).toBe(0);
  });

  it('resumes after a cut from what has arrived', () => {
    const listener = new Listener();
    last().open();
    live.watch('abcd', { epoch: 'e1', seq: 0 }, listener);
    last().saySomeBytes(metrics(1));
    last().cut();
    vi.advanceTimersByTime(300);
    last().open();
    expect(last().of('watch')[0]).toMatchObject({ resume: { epoch: 'e1', seq: 1 } });
    last().saySomeBytes(metrics(2));
    expect(listener.seen).toEqual([1, 2]);
  });

  it('loads the history where a record is missing, or the log has another life', () => {
    for (const message of [
      metrics(3),
      metrics(1, 'e2'),
      { type: 'gap', run: 'abcd', first: 1, last: 3 },
    ]) {
      const listener = new Listener();
      live.watch('abcd', { epoch: 'e1', seq: 0 }, listener);
      if ('first' in message) last().say(message);
      else last().saySomeBytes(message);
      expect(listener.reloads).toBe(1);
      expect(listener.seen).toEqual([]);
    }
  });

  it('notices a silent gap by the heartbeat after the next', () => {
    const listener = new Listener();
    last().open();
    live.watch('abcd', { epoch: 'e1', seq: 0 }, listener);
    const heartbeat = (head: number): object => ({
      type: 'heartbeat',
      heads: { abcd: head },
      steps: {},
      rates: {},
      storage: 'open',
    });
    last().say(heartbeat(2));
    expect(listener.reloads).toBe(0);
    last().say(heartbeat(2));
    expect(listener.reloads).toBe(1);
  });

  it('hears how it stands with the disk, at the welcome and whenever it is told', () => {
    last().open();
    for (const storage of ['full', 'open'])
      last().say({ type: 'heartbeat', heads: {}, steps: {}, rates: {}, storage });
    expect(stored).toEqual(['open', 'full', 'open']);
  });

  it('acknowledges every two seconds, if anything has arrived', () => {
    last().open();
    live.watch('abcd', { epoch: 'e1', seq: 0 }, new Listener());
    for (const seq of [1, 2, 3]) last().saySomeBytes(metrics(seq));
    vi.advanceTimersByTime(4100);
    expect(last().of('read')).toEqual([{ type: 'read', run: 'abcd', seq: 3 }]);
  });

  it('hears no more of a run that it has left', () => {
    const listener = new Listener();
    last().open();
    live.watch('abcd', { epoch: 'e1', seq: 0 }, listener);
    live.unwatch('abcd');
    last().saySomeBytes(metrics(1));
    expect(listener.seen).toEqual([]);
    expect(last().of('unwatch')).toHaveLength(1);
  });
});

describe('watching pictures', () => {
  const picture = {
    show: vi.fn<(frame: Frame) => void>(),
    refuse: vi.fn<(sentence: string) => void>(),
  };

  it('asks, shows, gives credits back, and ends', () => {
    last().open();
    const subscription = live.subscribe('abcd', { kind: 'boundary', size: 25 }, null, picture);
    const [asked] = last().of('subscribe');
    expect(asked).toMatchObject({ run: 'abcd', probe: { kind: 'boundary', size: 25 }, step: null });
    last().saySomeBytes({
      type: 'frame',
      subscription: asked?.['subscription'],
      probe: 'boundary',
      step: 3,
      arrays: [],
      details: {},
    });
    expect(picture.show).toHaveBeenCalledOnce();
    subscription.drawn();
    expect(last().of('drawn')).toHaveLength(1);
    subscription.close();
    subscription.drawn();
    expect(last().of('unsubscribe')).toHaveLength(1);
    expect(last().of('drawn')).toHaveLength(1);
  });

  it('asks again on a new line', () => {
    last().open();
    live.subscribe('abcd', { kind: 'value' }, 7, picture);
    last().cut();
    vi.advanceTimersByTime(300);
    last().open();
    expect(last().of('subscribe')[0]).toMatchObject({ probe: { kind: 'value' }, step: 7 });
  });

  it('hands on why there is nothing to see', () => {
    last().open();
    live.subscribe('abcd', { kind: 'hidden' }, null, picture);
    const subscription = last().of('subscribe')[0]?.['subscription'];
    last().say({
      type: 'refused',
      cmd_id: null,
      subscription,
      run: 'abcd',
      code: 'probe-refused',
      detail: 'No plane.',
    });
    expect(picture.refuse).toHaveBeenCalledWith('No plane.', 'probe-refused');
  });

  it('asks for one past step after another under one name', () => {
    last().open();
    const subscription = live.subscribe('abcd', { kind: 'value' }, 7, picture);
    subscription.again(8);
    expect(last().of('subscribe')).toEqual([
      expect.objectContaining({ subscription: 1, step: 7 }),
      expect.objectContaining({ subscription: 1, step: 8 }),
    ]);
  });

  it('never asks more in a second than the server takes, and then for what is wanted by then', () => {
    last().open();
    const subscription = live.subscribe('abcd', { kind: 'value' }, 0, picture);
    for (let step = 1; step < 200; step++) subscription.again(step);
    expect(last().of('subscribe').length).toBeLessThanOrEqual(80);
    vi.advanceTimersByTime(100);
    expect(last().of('subscribe').at(-1)).toMatchObject({ step: 199 });
  });
});

describe('giving commands', () => {
  it('settles by the answer', async () => {
    last().open();
    const answer = live.command('abcd', { kind: 'pause' });
    const [command] = last().of('command');
    last().say({ type: 'ack', cmd_id: command?.['cmd_id'], run: 'abcd', step: 5, effect: null });
    await expect(answer).resolves.toMatchObject({ step: 5 });
  });

  it('fails with the sentence of the server', async () => {
    last().open();
    const answer = live.command('abcd', { kind: 'pause' });
    const cmd_id = last().of('command')[0]?.['cmd_id'];
    last().say({
      type: 'refused',
      cmd_id,
      subscription: null,
      run: 'abcd',
      code: 'run-finished',
      detail: 'It is over.',
    });
    await expect(answer).rejects.toThrow(CommandRefused);
    await expect(answer).rejects.toThrow('It is over.');
  });

  it('gives a command again after a cut, under the same name', () => {
    last().open();
    void live.command('abcd', { kind: 'pause' });
    const before = last().of('command')[0]?.['cmd_id'];
    last().cut();
    vi.advanceTimersByTime(300);
    last().open();
    expect(last().of('command')[0]?.['cmd_id']).toBe(before);
  });
});
