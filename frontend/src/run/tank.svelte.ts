/** Everything that the page knows of the run at the cursor, and what can be done to it. */

import { untrack } from 'svelte';

import type { Theme } from '../graph/cursor';
import { titleOf } from '../graph/stages';
import type { Stage } from '../graph/stages';
import type { Frame } from '../wire/frame';
import { Problem } from '../wire/http';
import { Live } from '../wire/live';
import type { Connection, Status } from '../wire/line';
import { getCatalogue, getRun, startDemo } from '../wire/rest';
import type { Catalogue, Effect, Inspection, Run } from '../wire/schema';
import { openSocket, pageBuild, reloadOnce } from '../wire/socket';
import { Beat } from './beat';
import { arrive, missingStep } from './arrival';
import { Captions } from './captions.svelte';
import { Cursor } from './cursor.svelte';
import { Folds } from './folds.svelte';
import { Notices } from './notices.svelte';
import { Pictures } from './pictures.svelte';
import { Playback } from './playback.svelte';
import { Preferences } from './preferences.svelte';
import { RunRecord } from './record.svelte';
import type { Flag } from './record.svelte';
import type { SeriesStore } from './series';
import type { Changes } from './job';
import { Sheets } from './sheets.svelte';
import { Steering } from './steering.svelte';
import type { Change } from './steering.svelte';

/** Until a server that does not answer is asked again. */
const RETRY = 1500;

export class Tank {
  readonly cursor = new Cursor();
  readonly preferences = new Preferences();
  readonly notices = new Notices();
  readonly captions = new Captions();
  readonly folds = new Folds();
  readonly sheets = new Sheets();
  readonly beat = new Beat();
  readonly live: Live;
  readonly pictures: Pictures;
  readonly playback: Playback;
  readonly steering: Steering;
  /** Whether the loss is seen on a logarithmic axis. */
  logarithmic = $state(true);
  /** Every shelf, for the words of the recipe. */
  catalogue = $state.raw<Catalogue | null>(null);
  /** Why there is no run to show: it is gone, it is not ours, or the server cannot be asked. */
  absent = $state<'missing' | 'forbidden' | 'unreachable' | null>(null);
  #record = $state.raw<RunRecord | null>(null);
  #status = $state.raw<Status>({ connection: 'connecting', since: performance.now(), says: null });
  /** How many examples train the network; 0: not known yet. */
  #train = $state(0);
  #firstHeldOut = $state<number | null>(null);
  #visible = $state(document.visibilityState === 'visible');
  #opening = '';

  constructor() {
    this.live = new Live({
      open: openSocket,
      build: pageBuild(),
      status: (status) => {
        this.#connected(status);
      },
      heartbeat: (heartbeat) => {
        this.#record?.heartbeat(heartbeat);
      },
    });
    this.pictures = new Pictures(this.live, this.beat, (frame) => {
      this.#seen(frame);
    });
    this.playback = new Playback(this);
    this.steering = new Steering(this);
    this.#listen();
    void this.#begin();
  }

  /** Whether there is a run to show. */
  get ready(): boolean {
    return this.#record !== null;
  }
  /** The run as the server describes it, kept current by its events. */
  get run(): Run {
    return this.record.run;
  }
  get record(): RunRecord {
    if (!this.#record) throw new Error('There is no run yet; `ready` tells.');
    return this.#record;
  }
  get inspection(): Inspection {
    return this.record.inspection;
  }
  get stages(): Stage[] {
    return this.record.stages;
  }
  get series(): SeriesStore {
    return this.record.series;
  }
  /** The past steps that are shown without recomputation. */
  get snapshots(): number[] {
    return this.run.snapshots;
  }
  get flags(): Flag[] {
    return this.record.flags;
  }
  /** Steps a second, lately. */
  get rate(): number {
    return this.run.rate;
  }
  get connection(): Connection {
    return this.#status.connection;
  }
  get status(): Status {
    return this.#status;
  }
  /** The first step that can be shown: a copy begins where it was made. */
  get first(): number {
    return this.snapshots[0] ?? 0;
  }
  /** The newest step that was taken. */
  get head(): number {
    return this.record.head;
  }
  /** The step that all pictures and numbers belong to. */
  get shownStep(): number {
    const { step } = this.cursor;
    return step === 'live' ? this.head : step;
  }
  /** Id of the run at the cursor; it changes less often than `run`. */
  readonly runId = $derived(this.#record?.run.id ?? '');
  /** Id of the pinned example: the one at the cursor, or the first that was held out. */
  get example(): number | null {
    return this.cursor.example ?? this.#firstHeldOut;
  }
  /** Which part of an epoch a step is, with the batches of now; 0: not known yet. */
  get epochShare(): number {
    const { policy, size } = this.run.job.batch;
    const examples = { minibatch: Math.min(size, this.#train), full: this.#train, single: 1 }[
      policy
    ];
    return this.#train ? examples / this.#train : 0;
  }
  /** Path of the stage that the network's first output shows. */
  readonly outputNode = $derived.by(() => this.stages.find((stage) => stage.isOutput)?.path ?? '');
  /** Value of each curve at the shown step. */
  readonly latest = $derived.by((): Record<string, number> => {
    const values = this.series
      .names()
      .map((name) => [name, this.series.at(name, this.shownStep)?.value]);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Record<
      string,
      number
    >;
  });
  get theme(): Theme {
    return this.cursor.theme ?? this.preferences.theme;
  }
  get isLive(): boolean {
    return this.cursor.step === 'live';
  }

  /** Change the run; an own copy of it, where it is shared or the cursor is in the past. Refusals are said. */
  command(change: Change): Promise<Effect | null> {
    return this.steering.command(change);
  }

  /** Begin a run with another job, for what cannot be changed in the middle of one. */
  newRun(changes: Changes): Promise<void> {
    return this.steering.newRun(changes);
  }

  /** Dark becomes light, and light dark. */
  turnTheme(): void {
    this.preferences.set({ theme: this.theme === 'dark' ? 'light' : 'dark' });
    this.cursor.set({ theme: null }, { push: false });
  }

  /** What a stage is called on screen. */
  titleOf(node: string): string {
    return titleOf(node);
  }

  /** Open the run at the cursor; `ghost` keeps the curves of the one before in view. */
  async open(id: string, { ghost = false }: { ghost?: boolean } = {}): Promise<void> {
    if (this.#opening === id) return;
    this.#opening = id;
    try {
      const record = await RunRecord.open(this, id);
      if (this.#opening !== id) {
        record.close();
        return;
      }
      const before = this.#record;
      before?.close();
      if (ghost && before) record.ghost = before.series;
      this.#record = record;
      this.absent = null;
      this.preferences.set({ last: id });
      arrive(this);
    } catch (problem) {
      if (this.#opening === id) this.#opening = '';
      this.#cannotOpen(problem);
    }
  }

  /** A run's past from a step on is another one. */
  changed(run: string, from: number): void {
    this.pictures.forget(run, from);
  }

  caughtUp(steps: number): void {
    this.notices.say('connection.caught_up', { steps }, { stays: 3000 });
  }

  async #begin(): Promise<void> {
    void getCatalogue().then(
      (catalogue) => (this.catalogue = catalogue),
      () => undefined,
    );
    if (this.cursor.run) return;
    const { last } = this.preferences;
    const run = last ? await getRun(last).catch(() => null) : null;
    if (run) this.cursor.set({ run: run.id }, { push: false });
    else await this.#demo();
  }

  async #demo(): Promise<void> {
    try {
      const { id } = await startDemo();
      const step = this.preferences.reducedMotion ? 0 : 'live';
      this.cursor.set({ run: id, step }, { push: false });
    } catch (problem) {
      this.#cannotOpen(problem);
    }
  }

  #cannotOpen(problem: unknown): void {
    const status = problem instanceof Problem ? problem.status : 0;
    this.absent =
      status === 404 ? 'missing' : status === 401 || status === 403 ? 'forbidden' : 'unreachable';
    if (this.ready) this.notices.say(`absent.${this.absent}`, {}, { kind: 'trouble' });
    if (this.absent === 'unreachable') setTimeout(() => void this.#tryAgain(), RETRY);
  }

  async #tryAgain(): Promise<void> {
    if (this.cursor.run) await this.open(this.cursor.run);
    else await this.#demo();
  }

  #seen(frame: Frame): void {
    if (frame.probe !== 'data') return;
    const ids = frame.array('id')?.values ?? [];
    this.sheets.examples = Array.from(ids);
    this.#train = frame.array('held_out')?.values.filter((held) => !held).length ?? 0;
    const heldOut = frame.array('held_out')?.values.indexOf(1) ?? -1;
    this.#firstHeldOut = ids[Math.max(0, heldOut)] ?? null;
  }

  #connected(status: Status): void {
    this.#status = status;
    if (status.connection === 'lost') this.#record?.lost();
    if (status.connection === 'open') this.#record?.resumed();
    if (status.connection === 'stale') reloadOnce();
  }

  #listen(): void {
    document.addEventListener('visibilitychange', () => {
      this.#visible = document.visibilityState === 'visible';
      if (this.#visible) this.live.hurry();
    });
    addEventListener('online', () => {
      this.live.hurry();
    });
    $effect.root(() => {
      $effect(() => {
        const { run } = this.cursor;
        untrack(() => {
          if (run && run !== this.#record?.run.id) void this.open(run);
        });
      });
      $effect(() => {
        // A run that was taken back may not be where the cursor is any more.
        const lost = this.ready && this.#opening === this.runId ? missingStep(this) : null;
        if (lost) this.cursor.set(lost.instead, { push: false });
      });
      $effect(() => {
        this.pictures.aim({ step: this.cursor.step, visible: this.#visible });
      });
      $effect(() => {
        this.beat.calm = this.preferences.reducedMotion;
      });
    });
  }
}
