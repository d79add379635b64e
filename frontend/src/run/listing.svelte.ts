/** The list of one's own runs: a page of it, kept current, and what can be done to each. */

import { Problem } from '../wire/http';
import { deleteRun, forkRun, listRuns, pauseRun, playRun } from '../wire/rest';
import type { RunRow } from '../wire/schema';

export const PAGE = 20;
/** How often the list is asked for again: while something trains, and else. */
const SOON = 1000;
const LATER = 5000;
/** So many runs are compared at most: there are no more markers. */
const MOST = 5;

export class Listing {
  items = $state.raw<RunRow[]>([]);
  total = $state(0);
  offset = $state(0);
  /** Whether the list has come at least once. */
  known = $state(false);
  /** Why there is none: the server does not answer, or does not know this page. */
  absent = $state<'unreachable' | 'forbidden' | null>(null);
  /** What the server refused, in its words. */
  refused = $state('');
  ticked = $state.raw<string[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  get training(): number {
    return this.items.filter(({ state }) => state === 'running').length;
  }

  open(offset: number): void {
    this.offset = Math.max(0, offset);
    void this.refresh();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Ask for the list, and again after a while. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#load();
      this.absent = null;
    } catch (problem) {
      const status = problem instanceof Problem ? problem.status : 0;
      this.absent = status === 401 || status === 403 ? 'forbidden' : 'unreachable';
    }
    if (this.#closed) return;
    const wait = this.training && document.visibilityState === 'visible' ? SOON : LATER;
    this.#timer = setTimeout(() => void this.refresh(), wait);
  }

  tick(id: string): void {
    const without = this.ticked.filter((other) => other !== id);
    this.ticked = without.length < this.ticked.length ? without : [...this.ticked, id].slice(-MOST);
  }

  /** Train it, or let it stand. */
  toggle(run: RunRow): Promise<void> {
    return this.#do(() => (run.state === 'running' ? pauseRun(run.id) : playRun(run.id)));
  }

  fork(run: RunRow): Promise<void> {
    return this.#do(() => forkRun(run.id, null));
  }

  delete(run: RunRow): Promise<void> {
    this.ticked = this.ticked.filter((id) => id !== run.id);
    return this.#do(() => deleteRun(run.id));
  }

  async #load(): Promise<void> {
    const page = await listRuns(this.offset, PAGE);
    if (!page.items.length && page.total) {
      // The last one of this page was deleted.
      this.offset = Math.max(0, Math.floor((page.total - 1) / PAGE) * PAGE);
      await this.#load();
      return;
    }
    this.items = page.items;
    this.total = page.total;
    this.known = true;
  }

  async #do(work: () => Promise<unknown>): Promise<void> {
    this.refused = '';
    try {
      await work();
    } catch (problem) {
      this.refused = problem instanceof Problem ? problem.message || problem.code : '';
      if (!this.refused) throw problem;
    }
    await this.refresh();
  }
}
