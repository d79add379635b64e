/** One run as the page knows it: its resource, kept current by events, its curves, its past. */

import type { Follower, Live } from '../wire/live';
import { getCurves, getRun, inspectGraph } from '../wire/rest';
import type { Effect, Heartbeat, Inspection, Metrics, Run, RunEvent } from '../wire/schema';
import { stagesOf } from '../graph/stages';
import type { Stage } from '../graph/stages';
import type { Beat } from './beat';
import { SeriesStore } from './series';

/** Numbers change four times a second, so that they can be read. */
const NUMBERS = 250;
const RETRY = 1000;
/** Events of the journal that are marked on the clock. */
const FLAGS = 100;

export interface Flag {
  step: number;
  effect: Effect;
}

/** What a record needs, and whom it tells of changes in the past. */
export interface Surroundings {
  readonly live: Live;
  readonly beat: Beat;
  /** The past from a step on is another one. */
  changed(run: string, from: number): void;
  /** How many steps were taken while the line was down. */
  caughtUp(steps: number): void;
  /** The worker had died; another goes on from this step. */
  recovered(step: number): void;
}

/** Time for what was missed to arrive, in milliseconds. */
const CATCHING_UP = 500;

export class RunRecord implements Follower {
  run: Run;
  inspection: Inspection;
  stages: Stage[];
  readonly #store = new SeriesStore();
  /** The curves; whoever reads them is told when they are to be drawn again. */
  #drawn = $state.raw({ series: this.#store, front: 0 });
  /** The curves of what was left behind: another run, or a future that was dropped. */
  ghost = $state.raw<SeriesStore | null>(null);
  /** The newest step, at the pace of numbers. */
  head = $state(0);
  flags = $state.raw<Flag[]>([]);
  /** Steps from which another worker went on, as the one before had died. */
  recoveries = $state.raw<number[]>([]);
  readonly #around: Surroundings;
  #newest = 0;
  /** When the numbers changed last. */
  #numbered = 0;
  #loading = false;
  #refreshing = false;
  /** How often a fresh resource was wished for. */
  #wishes = 0;
  #closed = false;
  /** The newest event: what was fetched before it is out of date. */
  #heard: Run['log'] | null = null;
  /** The newest step when the line went down; null: it is up. */
  #lostAt: number | null = null;

  private constructor(around: Surroundings, run: Run, inspection: Inspection) {
    this.#around = around;
    this.run = $state.raw(run);
    this.inspection = $state.raw(inspection);
    this.stages = $derived(stagesOf(this.inspection, Object.values(this.run.job.graph.outputs)));
    this.#newest = this.head = run.step;
  }

  /** Find a run; its history comes, and its log is followed, while it is already seen. `known`: as it was just told. */
  static async open(around: Surroundings, id: string, known?: Run): Promise<RunRecord> {
    const run = known ?? (await getRun(id));
    const record = new RunRecord(around, run, await inspectGraph(run.job.graph));
    void record.#begin();
    return record;
  }

  get series(): SeriesStore {
    return this.#drawn.series;
  }

  /** The newest step, at the pace of pictures. */
  get front(): number {
    return this.#drawn.front;
  }

  /** Forget the run. */
  close(): void {
    this.#closed = true;
    this.#around.live.unwatch(this.run.id);
  }

  metrics({ series }: Metrics): void {
    this.#store.add(series);
    this.#newest = Math.max(this.#newest, this.#store.last);
    this.#redraw();
  }

  event(event: RunEvent): void {
    this.#heard = { epoch: event.epoch, seq: event.seq };
    this.#newest = event.event === 'rewound' ? event.step : Math.max(this.#newest, event.step);
    if (event.state) this.run = { ...this.run, ...standing(event) };
    if (event.snapshots) this.run = { ...this.run, snapshots: event.snapshots };
    if (event.event === 'rewound') this.#rewind(event.step);
    if (event.event === 'journal' && event.effect) this.#note(event.effect);
    if (event.event === 'recovered') this.#recovered(event.step);
    if (event.event === 'data') this.#around.changed(this.run.id, event.step);
    this.#flush();
  }

  /** Load everything anew, then follow on from there. */
  reload(): void {
    if (this.#loading || this.#closed) return;
    const before = this.#newest;
    void this.#reloaded().then(() => {
      if (this.#newest > before) this.#around.caughtUp(this.#newest - before);
    });
  }

  /** The line is down: what is known now is what the page goes on from. */
  lost(): void {
    this.#lostAt ??= this.#newest;
  }

  /** The line is back: what was missed arrives in a moment. */
  resumed(): void {
    if (this.#lostAt === null) return;
    const before = this.#lostAt;
    this.#lostAt = null;
    setTimeout(() => {
      if (!this.#closed && this.#newest > before) this.#around.caughtUp(this.#newest - before);
    }, CATCHING_UP);
  }

  heartbeat({ steps, rates }: Heartbeat): void {
    const { id } = this.run;
    const rate = rates[id];
    if (rate !== undefined && rate !== this.run.rate) this.run = { ...this.run, rate };
    this.#newest = Math.max(this.#newest, steps[id] ?? 0);
    this.#redraw();
  }

  /** Fetch the resource anew; several wishes at once are one. */
  async refresh(): Promise<void> {
    this.#wishes++;
    if (this.#refreshing) return;
    this.#refreshing = true;
    for (let answered = 0; answered < this.#wishes && !this.#closed;) {
      answered = this.#wishes;
      await this.#fetch();
    }
    this.#refreshing = false;
  }

  async #fetch(): Promise<void> {
    const run = await this.#newestRun();
    if (!run || this.#closed) return;
    const graph = JSON.stringify(run.job.graph);
    const other = graph !== JSON.stringify(this.run.job.graph);
    const inspection = other ? await inspectGraph(run.job.graph).catch(() => null) : null;
    this.run = run;
    if (inspection) this.inspection = inspection;
    this.#store.smoothFor(run.job.steps);
    this.#draw();
  }

  /** Ask for the resource until the answer is no older than the newest event: it would take that back. */
  async #newestRun(): Promise<Run | null> {
    for (;;) {
      const run = await getRun(this.run.id).catch(() => null);
      const heard = this.#heard;
      if (!run || heard?.epoch !== run.log.epoch || run.log.seq >= heard.seq) return run;
    }
  }

  async #begin(): Promise<void> {
    this.#loading = true;
    try {
      await this.#loadCurves();
    } catch {
      this.#tryAgain();
    } finally {
      this.#loading = false;
    }
  }

  #tryAgain(): void {
    setTimeout(() => {
      this.reload();
    }, RETRY);
  }

  async #reloaded(): Promise<void> {
    this.#loading = true;
    try {
      await this.#fetch();
      this.#store.clear();
      await this.#loadCurves();
    } catch {
      this.#tryAgain();
    } finally {
      this.#loading = false;
    }
  }

  async #loadCurves(): Promise<void> {
    this.#store.smoothFor(this.run.job.steps);
    // What has happened since the resource was told is told once more: events twice are as good as once.
    const { log } = this.run;
    let after: number | null = -1;
    while (after !== null) {
      const page = await getCurves(this.run.id, after);
      this.#store.add(page.curves);
      after = page.next;
    }
    this.#newest = Math.max(this.run.step, this.#store.last);
    this.#flush();
    if (!this.#closed) this.#around.live.watch(this.run.id, log, this);
  }

  #rewind(step: number): void {
    this.ghost = this.#store.copy();
    this.#store.truncate(step);
    this.flags = this.flags.filter((flag) => flag.step <= step);
    this.recoveries = this.recoveries.filter((recovery) => recovery <= step);
    this.#around.changed(this.run.id, step);
    void this.refresh();
  }

  #note(effect: Effect): void {
    this.flags = [...this.flags, { step: effect.step, effect }].slice(-FLAGS);
    this.#around.changed(this.run.id, effect.step);
    void this.refresh();
  }

  #recovered(step: number): void {
    this.recoveries = [...this.recoveries, step].slice(-FLAGS);
    this.#around.recovered(step);
    void this.refresh();
  }

  #redraw(): void {
    this.#around.beat.next(this, () => {
      if (this.#closed) return;
      this.#draw();
      if (performance.now() - this.#numbered >= NUMBERS) this.#count();
      else this.#redraw();
    });
  }

  #draw(): void {
    this.#drawn = { series: this.#store, front: this.#newest };
  }

  #count(): void {
    this.#numbered = performance.now();
    this.head = this.#newest;
  }

  #flush(): void {
    this.#draw();
    this.#count();
  }
}

function standing(event: RunEvent): Pick<Run, 'state' | 'problem' | 'step'> & Partial<Run> {
  const problem = event.reason ? { reason: event.reason, values: event.values } : null;
  const { operation = null } = event;
  return { state: event.state ?? 'paused', problem, step: event.step, operation };
}
