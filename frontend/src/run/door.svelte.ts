/** Which run the page opens: the one of its address, the one it was at last, or the one that all first visits share. */

import { Problem } from '../wire/http';
import { getRun, startDemo } from '../wire/rest';
import type { Run } from '../wire/schema';
import { arrive } from './arrival';
import { RunRecord } from './record.svelte';
import type { Tank } from './tank.svelte';

/** Until a server that does not answer is asked again. */
const RETRY = 1500;

/** Why there is no run to show: it is gone, it is not ours, or the server cannot be asked. */
export type Absence = 'missing' | 'forbidden' | 'unreachable';

export interface Opening {
  /** Keep the curves of the run before in view. */
  ghost?: boolean;
  /** The run, where it was just told. */
  known?: Run;
}

export class Door {
  record = $state.raw<RunRecord | null>(null);
  absent = $state<Absence | null>(null);
  readonly #tank: Tank;
  /** Id of the run that is open or about to be. */
  #opening = '';

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** Whether the run that is seen is the one that is wanted. */
  get settled(): boolean {
    return this.record?.run.id === this.#opening;
  }

  /** Open the run at the cursor. */
  async open(id: string, { ghost = false, known }: Opening = {}): Promise<void> {
    if (this.#opening === id) return;
    this.#opening = id;
    try {
      const record = await RunRecord.open(this.#tank, id, known);
      if (this.#opening !== id) {
        record.close();
        return;
      }
      const before = this.record;
      before?.close();
      if (ghost && before) record.ghost = before.series;
      this.record = record;
      this.absent = null;
      this.#tank.preferences.set({ last: id });
      arrive(this.#tank);
    } catch (problem) {
      if (this.#opening === id) this.#opening = '';
      this.#cannotOpen(problem);
    }
  }

  /** Open the page: at its address, or where it was last, or for the first time. */
  async begin(): Promise<void> {
    const { cursor, preferences } = this.#tank;
    if (cursor.run) return;
    const { last } = preferences;
    const run = last ? await getRun(last).catch(() => null) : null;
    if (!run) {
      await this.#demo();
      return;
    }
    void this.open(run.id, { known: run });
    cursor.set({ run: run.id }, { push: false });
  }

  async #demo(): Promise<void> {
    try {
      const known = await startDemo();
      void this.open(known.id, { known });
      const step = this.#tank.preferences.reducedMotion ? 0 : 'live';
      this.#tank.cursor.set({ run: known.id, step }, { push: false });
    } catch (problem) {
      this.#cannotOpen(problem);
    }
  }

  #cannotOpen(problem: unknown): void {
    const status = problem instanceof Problem ? problem.status : 0;
    this.absent =
      status === 404 ? 'missing' : status === 401 || status === 403 ? 'forbidden' : 'unreachable';
    if (this.record) this.#tank.notices.say(`absent.${this.absent}`, {}, { kind: 'trouble' });
    if (this.absent === 'unreachable') setTimeout(() => void this.#tryAgain(), RETRY);
  }

  async #tryAgain(): Promise<void> {
    const { run } = this.#tank.cursor;
    if (run) await this.open(run);
    else await this.#demo();
  }
}
