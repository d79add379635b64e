/** A sweep under way: its marks as they come, and how to stop it. */

import { sweepRun } from '../wire/rest';
import type { Sweep, SweepMark } from '../wire/schema';
import { sentenceOf } from './complaint';

export class Sweeping {
  question = $state.raw<Sweep | null>(null);
  mark = $state.raw<SweepMark | null>(null);
  /** Whether it is still worked on. */
  busy = $state(false);
  /** What computed the steps, once it is over. */
  engine = $state('');
  /** What the server refused, in its words. */
  refused = $state('');
  #stopping = new AbortController();

  /** Begin anew, and give up what was under way. */
  async begin(run: string, question: Sweep): Promise<void> {
    this.stop();
    const stopping = (this.#stopping = new AbortController());
    Object.assign(this, { question, mark: null, engine: '', refused: '', busy: true });
    try {
      for await (const line of sweepRun(run, question, stopping.signal)) {
        if (stopping.signal.aborted) return;
        if ('from' in line) this.engine = line.engine;
        else this.mark = line;
      }
    } catch (problem) {
      if (stopping.signal.aborted) return;
      this.refused = sentenceOf(problem);
    } finally {
      if (this.#stopping === stopping) this.busy = false;
    }
  }

  /** Leave it as it is now. */
  stop(): void {
    this.#stopping.abort();
    this.busy = false;
  }
}
