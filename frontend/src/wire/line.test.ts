import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Live } from './live';
import type { Status } from './line';
import { FakeSocket } from './testing';

let sockets: FakeSocket[];
let statuses: Status[];
let live: Live;

const last = (): FakeSocket => {
  const socket = sockets.at(-1);
  if (!socket) throw new Error('no socket');
  return socket;
};

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  statuses = [];
  live = new Live({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    build: 'index-abc',
    status: (status) => statuses.push(status),
    now: () => Date.now(),
    random: () => 1,
  });
});

afterEach(() => {
  live.close();
  vi.useRealTimers();
});

describe('the line', () => {
  it('says hello first, with version and build', () => {
    last().open();
    expect(last().sent[0]).toEqual({ type: 'hello', v: 1, build: 'index-abc' });
    expect(statuses.map(({ connection }) => connection)).toEqual(['open']);
  });

  it('comes back after a cut, waiting longer each time', () => {
    last().open();
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      last().cut();
      const count = sockets.length;
      let waited = 0;
      while (sockets.length === count && waited < 5000) {
        vi.advanceTimersByTime(50);
        waited += 50;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([250, 500, 1000, 2000]);
    expect(statuses.at(-1)?.connection).toBe('lost');
  });

  it('comes back at once when it is told to hurry', () => {
    last().open();
    last().cut();
    live.hurry();
    expect(sockets).toHaveLength(2);
  });

  it('takes a silent line for dead', () => {
    last().open();
    vi.advanceTimersByTime(5000);
    last().say({ type: 'heartbeat', heads: {}, steps: {}, rates: {} });
    vi.advanceTimersByTime(6000);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1500);
    expect(sockets[0]?.closed).toBe(true);
    expect(sockets).toHaveLength(2);
  });

  it('does not come back where that is of no use, and says why', () => {
    last().open();
    last().cut(4503);
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    expect(statuses.at(-1)).toMatchObject({ connection: 'closed', says: 'connection.forbidden' });
  });

  it('tells when the server has another page', () => {
    last().open();
    last().cut(4511);
    expect(statuses.at(-1)?.connection).toBe('stale');
  });
});
