/** One socket at a time, held open: it says hello, notices silence, and comes back by itself. No framework. */

import { backoff } from './backoff';
import { reaction } from './closes';
import { decodeBinary } from './frame';
import type { Frame } from './frame';
import type { ClientMessage, ServerMessage } from './schema';

export type Incoming = Exclude<ServerMessage, { type: 'frame' }> | Frame;

/** `lost`: it tries again; `closed`: it does not; `stale`: the page is of another build. */
export type Connection = 'connecting' | 'open' | 'lost' | 'closed' | 'stale';

export interface Status {
  connection: Connection;
  /** Since when (of the clock) it is so. */
  since: number;
  /** Key of the sentence that says why, where there is one. */
  says: string | null;
}

/** What of a WebSocket is used here. */
export interface Socket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface LineOptions {
  open: () => Socket;
  build: string;
  receive: (message: Incoming) => void;
  /** A fresh socket said hello: what was asked for has to be asked again. */
  opened: () => void;
  status: (status: Status) => void;
  now?: () => number;
  random?: () => number;
}

const PROTOCOL = 1;
/** The server speaks every 5 seconds; after this much silence the line is taken for dead. */
const SILENCE = 6500;
const LOOK = 500;
/** A connection that held this long was a good one: waiting starts short again. */
const STABLE = 10_000;

export class Line {
  readonly #options: LineOptions;
  readonly #now: () => number;
  #socket: Socket | null = null;
  #isOpen = false;
  #attempt = 0;
  #openedAt = 0;
  #heard = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #watchdog: ReturnType<typeof setInterval>;
  #status: Status;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#now = options.now ?? ((): number => performance.now());
    this.#status = { connection: 'connecting', since: this.#now(), says: null };
    this.#watchdog = setInterval(() => {
      this.#listen();
    }, LOOK);
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Send, if there is a line; what must not be lost is asked again by `opened`. */
  send(message: ClientMessage): void {
    if (this.#isOpen) this.#socket?.send(JSON.stringify(message));
  }

  /** Try at once: the network is back, or the page is looked at again. */
  hurry(): void {
    if (this.#retry === undefined) return;
    this.#attempt = 0;
    this.#connect();
  }

  /** Hang up for good. */
  close(): void {
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
    this.#drop();
    this.#tell('closed', null);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const socket = this.#options.open();
    this.#socket = socket;
    this.#heard = this.#now();
    socket.binaryType = 'arraybuffer';
    socket.onopen = (): void => {
      this.#greet(socket);
    };
    socket.onmessage = ({ data }): void => {
      this.#receive(data);
    };
    socket.onclose = ({ code }): void => {
      if (socket === this.#socket) this.#closed(code);
    };
  }

  #greet(socket: Socket): void {
    this.#isOpen = true;
    this.#openedAt = this.#heard = this.#now();
    const hello: ClientMessage = { type: 'hello', v: PROTOCOL, build: this.#options.build };
    socket.send(JSON.stringify(hello));
    this.#options.opened();
  }

  #receive(data: unknown): void {
    this.#heard = this.#now();
    if (this.#heard - this.#openedAt > STABLE) this.#attempt = 0;
    const message = read(data);
    if (!message) return;
    if (message.type === 'welcome') this.#tell('open', null);
    this.#options.receive(message);
  }

  #closed(code: number): void {
    this.#socket = null;
    this.#isOpen = false;
    const { reaction: then, says } = reaction(code);
    if (then === 'retry') {
      this.#tell('lost', says);
      this.#retry = setTimeout(
        () => {
          this.#connect();
        },
        backoff(this.#attempt++, this.#options.random),
      );
    } else {
      clearInterval(this.#watchdog);
      this.#tell(then === 'reload' ? 'stale' : 'closed', says);
    }
  }

  #listen(): void {
    if (!this.#socket || this.#now() - this.#heard < SILENCE) return;
    this.#drop();
    this.#closed(1006);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpen = false;
    socket?.close(1000);
  }

  #tell(connection: Connection, says: string | null): void {
    if (connection === this.#status.connection && says === this.#status.says) return;
    const since = connection === this.#status.connection ? this.#status.since : this.#now();
    this.#status = { connection, since, says };
    this.#options.status(this.#status);
  }
}

function read(data: unknown): Incoming | null {
  if (data instanceof ArrayBuffer) return decodeBinary(data);
  if (typeof data !== 'string') return null;
  return JSON.parse(data) as Incoming;
}
