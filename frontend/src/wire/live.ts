/** Everything that a page says and hears on its socket: runs it follows, pictures it watches, commands it gives. */

import { Line } from './line';
import type { Incoming, Socket, Status } from './line';
import { Pace } from './pace';
import type { ProbeSettings } from './probes';
import type { Frame } from './frame';
import type {
  Ack,
  ClientMessage,
  Command,
  Heartbeat,
  Metrics,
  Position,
  Refused,
  RunEvent,
} from './schema';

/** What a run's follower is told. Records come once, in order, without gaps. */
export interface Follower {
  event(event: RunEvent): void;
  metrics(metrics: Metrics): void;
  /** Records are missing: load the history, then follow on from its position. */
  reload(): void;
}

export interface Picture {
  show(frame: Frame): void;
  refuse(sentence: string, code: string): void;
}

/** A picture that is watched. `drawn` has to follow each frame of a live one. */
export interface Subscription {
  drawn(): void;
  /** Ask for another past step in the place of this one. */
  again(step: number): void;
  close(): void;
}

/** The server did not take a command: its sentence says why. */
export class CommandRefused extends Error {
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.name = 'CommandRefused';
    this.code = code;
  }
}

export interface LiveOptions {
  open: () => Socket;
  build: string;
  status: (status: Status) => void;
  heartbeat?: (heartbeat: Heartbeat) => void;
  /** How it stands with the server's disk, as often as it is told. */
  storage?: (storage: Heartbeat['storage']) => void;
  now?: () => number;
  random?: () => number;
}

interface Followed {
  position: Position;
  read: number;
  /** Head of the log when the server last told: by the next time, it should have arrived. */
  head: number;
  follower: Follower;
}

interface Waiting {
  message: Command;
  resolve: (ack: Ack) => void;
  reject: (problem: CommandRefused) => void;
}

interface Watched {
  message: ClientMessage;
  picture: Picture;
}

type Handlers = {
  [Type in Incoming['type']]: (message: Extract<Incoming, { type: Type }>) => void;
};

const READ_EVERY = 2000;

export class Live {
  readonly #line: Line;
  readonly #followed = new Map<string, Followed>();
  readonly #watched = new Map<number, Watched>();
  readonly #waiting = new Map<string, Waiting>();
  /** The server closes a socket that says more than 50 things a second; answers to frames cost nothing. */
  readonly #pace: Pace;
  readonly #options: LiveOptions;
  readonly #reader: ReturnType<typeof setInterval>;
  #next = 1;
  /** What is done with each kind of message; a new kind has to be entered here. */
  readonly #handlers: Handlers = {
    welcome: ({ storage }) => {
      this.#options.storage?.(storage);
    },
    frame: (frame) => {
      this.#watched.get(frame.subscription)?.picture.show(frame);
    },
    metrics: (metrics) => {
      this.#record(metrics);
    },
    event: (event) => {
      this.#record(event);
    },
    ack: (ack) => {
      this.#settle(ack.cmd_id)?.resolve(ack);
    },
    refused: (refused) => {
      this.#refused(refused);
    },
    reset: ({ run }) => {
      this.#followed.get(run)?.follower.reload();
    },
    gap: ({ run }) => {
      this.#followed.get(run)?.follower.reload();
    },
    heartbeat: (heartbeat) => {
      this.#heartbeat(heartbeat);
    },
  };

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#pace = new Pace(45, 80, options.now);
    this.#line = new Line({
      ...options,
      receive: (message) => {
        this.#receive(message);
      },
      opened: () => {
        this.#askAgain();
      },
    });
    this.#reader = setInterval(() => {
      this.#acknowledge();
    }, READ_EVERY);
  }

  /** Try at once to have a line again. */
  hurry(): void {
    this.#line.hurry();
  }

  close(): void {
    clearInterval(this.#reader);
    this.#pace.clear();
    this.#line.close();
  }

  /** Follow a run's log from behind a position, that of the history which was loaded. */
  watch(run: string, position: Position, follower: Follower): void {
    this.#followed.set(run, { position, read: position.seq, head: 0, follower });
    this.#line.send({ type: 'watch', run, resume: position });
  }

  unwatch(run: string): void {
    if (this.#followed.delete(run)) this.#line.send({ type: 'unwatch', run });
  }

  /** Watch a probe: again and again, or once at a past step. */
  subscribe(
    run: string,
    probe: ProbeSettings,
    step: number | null,
    picture: Picture,
  ): Subscription {
    const subscription = this.#next++;
    const message = (at: number | null): ClientMessage =>
      ({ type: 'subscribe', subscription, run, probe, step: at }) as unknown as ClientMessage;
    this.#watched.set(subscription, { message: message(step), picture });
    this.#ask(subscription);
    return {
      drawn: () => {
        if (this.#watched.has(subscription)) this.#line.send({ type: 'drawn', subscription });
      },
      again: (at) => {
        this.#watched.set(subscription, { message: message(at), picture });
        this.#ask(subscription);
      },
      close: () => {
        if (!this.#watched.delete(subscription)) return;
        this.#pace.run(() => {
          this.#line.send({ type: 'unsubscribe', subscription });
        });
      },
    };
  }

  /** Give a command; settled by the server's answer. After a cut it is given again, and done once all the same. */
  command(run: string, command: Command['command']): Promise<Ack> {
    const cmd_id = crypto.getRandomValues(new Uint32Array(3)).join('-');
    const message: Command = { type: 'command', cmd_id, run, command };
    return new Promise((resolve, reject) => {
      this.#waiting.set(cmd_id, { message, resolve, reject });
      this.#line.send(message);
    });
  }

  /** Ask for what a subscription wants by the time that it is its turn. */
  #ask(subscription: number): void {
    this.#pace.run(() => {
      const watched = this.#watched.get(subscription);
      if (watched) this.#line.send(watched.message);
    });
  }

  #askAgain(): void {
    this.#pace.clear();
    for (const [run, { position }] of this.#followed) {
      this.#line.send({ type: 'watch', run, resume: position });
    }
    for (const subscription of this.#watched.keys()) this.#ask(subscription);
    for (const { message } of this.#waiting.values()) this.#line.send(message);
  }

  #receive(message: Incoming): void {
    // Each handler takes the messages of its own type; those of a newer server's types are passed over.
    (this.#handlers[message.type] as ((message: Incoming) => void) | undefined)?.(message);
  }

  #record(message: Metrics | RunEvent): void {
    const followed = this.#followed.get(message.run);
    if (!followed) return;
    const { position, follower } = followed;
    if (message.epoch !== position.epoch || message.seq > position.seq + 1) {
      follower.reload();
      return;
    }
    if (message.seq <= position.seq) return;
    followed.position = { epoch: position.epoch, seq: message.seq };
    if (message.type === 'metrics') follower.metrics(message);
    else follower.event(message);
  }

  #heartbeat(heartbeat: Heartbeat): void {
    this.#options.heartbeat?.(heartbeat);
    this.#options.storage?.(heartbeat.storage);
    for (const [run, followed] of this.#followed) {
      const isBehind = followed.position.seq < followed.head;
      followed.head = heartbeat.heads[run] ?? 0;
      if (isBehind) followed.follower.reload();
    }
  }

  #refused(message: Refused): void {
    const { cmd_id, subscription, code, detail } = message;
    if (cmd_id) this.#settle(cmd_id)?.reject(new CommandRefused(code, detail));
    if (typeof subscription === 'number')
      this.#watched.get(subscription)?.picture.refuse(detail, code);
  }

  #settle(cmd_id: string): Waiting | undefined {
    const waiting = this.#waiting.get(cmd_id);
    this.#waiting.delete(cmd_id);
    return waiting;
  }

  #acknowledge(): void {
    for (const [run, followed] of this.#followed) {
      if (followed.position.seq === followed.read) continue;
      followed.read = followed.position.seq;
      this.#line.send({ type: 'read', run, seq: followed.read });
    }
  }
}
