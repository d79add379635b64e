/** Going through the past by itself: the playhead walks on until it meets the present. */

import type { Tank } from './tank.svelte';

/** Milliseconds between two steps of the playhead; it waits for pictures that take longer. */
const TICK = 100;
const CALM = 1000;
/** How long a whole run takes at most. */
const TICKS = 60;

export class Playback {
  #on = $state(false);
  readonly #tank: Tank;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  get on(): boolean {
    return this.#on;
  }

  /** Walk on from where the cursor is; from the beginning if it is at the end. */
  start(): void {
    if (this.#tank.isLive) this.#tank.cursor.set({ step: this.#tank.first }, { push: false });
    this.#on = true;
    this.#plan();
  }

  stop(): void {
    this.#on = false;
    clearTimeout(this.#timer);
  }

  #plan(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#walk();
      },
      this.#tank.preferences.reducedMotion ? CALM : TICK,
    );
  }

  #walk(): void {
    const { cursor, head, pictures } = this.#tank;
    if (!this.#on) return;
    if (cursor.step === 'live') {
      this.stop();
      return;
    }
    if (pictures.settled) {
      const next = cursor.step + this.#stride();
      if (next < head) cursor.set({ step: next }, { push: false });
      else {
        cursor.set({ step: 'live' }, { push: false });
        this.stop();
        return;
      }
    }
    this.#plan();
  }

  #stride(): number {
    const { pace } = this.#tank.steering;
    const { head, run } = this.#tank;
    const whole = Math.max(1, Math.round(Math.max(head, run.steps) / TICKS));
    return pace === null ? whole : Math.max(1, Math.min(whole, Math.round((pace * TICK) / 1000)));
  }
}
