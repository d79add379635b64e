/** Whether the page is held by a pointer: between press and release nothing may slip away under it. */

export class Grip {
  readonly #pressed = new Set<number>();
  #waiting: (() => void)[] = [];

  /** Listen; the answer ends it, and lets go of all who wait. */
  listen(): () => void {
    const quiet = new AbortController();
    const how = { capture: true, signal: quiet.signal };
    const letGo = ({ pointerId }: PointerEvent): void => {
      this.#pressed.delete(pointerId);
      // The click comes after the release, and is still for what lay under it.
      if (!this.#pressed.size) setTimeout(this.#release);
    };
    const press = ({ pointerId }: PointerEvent): void => void this.#pressed.add(pointerId);
    addEventListener('pointerdown', press, how);
    addEventListener('pointerup', letGo, how);
    addEventListener('pointercancel', letGo, how);
    return () => {
      quiet.abort();
      this.#pressed.clear();
      this.#release();
    };
  }

  /** Wait until no pointer is pressed. */
  async free(): Promise<void> {
    if (this.#pressed.size) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  readonly #release = (): void => {
    if (this.#pressed.size) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };
}
