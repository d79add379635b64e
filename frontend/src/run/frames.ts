/** Frames of past steps, kept so that scrubbing back shows at once, and to the pixel, what was seen before. */

import type { Frame } from '../wire/frame';

const MOST_BYTES = 48 * 2 ** 20;

export class FrameCache {
  readonly #frames = new Map<string, Frame>();
  readonly #most: number;
  #bytes = 0;

  constructor(most = MOST_BYTES) {
    this.#most = most;
  }

  get(run: string, probe: string, step: number): Frame | undefined {
    const name = `${run} ${step} ${probe}`;
    const frame = this.#frames.get(name);
    if (frame) {
      // The order of a map is that of insertion: what was used last is put last.
      this.#frames.delete(name);
      this.#frames.set(name, frame);
    }
    return frame;
  }

  put(run: string, probe: string, step: number, frame: Frame): void {
    const name = `${run} ${step} ${probe}`;
    this.#remove(name);
    this.#frames.set(name, frame);
    this.#bytes += size(frame);
    for (const oldest of this.#frames.keys()) {
      if (this.#bytes <= this.#most) break;
      this.#remove(oldest);
    }
  }

  /** Forget frames of a run at and after a step. */
  forget(run: string, from: number): void {
    for (const name of [...this.#frames.keys()]) {
      const [owner, step] = name.split(' ', 2);
      if (owner === run && Number(step) >= from) this.#remove(name);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  #remove(name: string): void {
    const frame = this.#frames.get(name);
    if (!frame) return;
    this.#bytes -= size(frame);
    this.#frames.delete(name);
  }
}

function size(frame: Frame): number {
  return frame.arrays.reduce((sum, array) => sum + array.values.byteLength, 512);
}
