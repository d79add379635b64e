/** A socket whose other end is played by a test. */

import { encode } from '@msgpack/msgpack';

import type { Socket } from './line';

/** The server's end of a socket, played by the test. */
export class FakeSocket implements Socket {
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  open(): void {
    this.onopen?.();
    this.say({ type: 'welcome', v: 1, build: 'b', device: 'cpu', storage: 'open' });
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  saySomeBytes(message: object): void {
    const bytes = encode(message);
    this.onmessage?.({
      data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    });
  }
  cut(code = 1006): void {
    this.onclose?.({ code });
  }
  of(type: string): Record<string, unknown>[] {
    return this.sent.filter((message) => message['type'] === type);
  }
}
