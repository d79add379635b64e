/** Everything that the page knows of the run at the cursor, and what can be done to it. */

import { untrack } from 'svelte';

import type { Theme } from '../graph/cursor';
import { titleOf } from '../graph/stages';
import type { Stage } from '../graph/stages';
import type { Frame } from '../wire/frame';
import { Live } from '../wire/live';
import type { Connection, Status } from '../wire/line';
import { getCatalogue, inspectGraph, planGraph } from '../wire/rest';
import type { Catalogue, Effect, Heartbeat, Inspection, Run } from '../wire/schema';
import { openSocket, pageBuild, reloadOnce } from '../wire/socket';
import { Backprop } from './backprop.svelte';
import { Beat } from './beat';
import { missingStep } from './arrival';
import { Captions } from './captions.svelte';
import { Cursor } from './cursor.svelte';
import { Exchange } from './exchange.svelte';
import { Folds } from './folds.svelte';
import { Notices } from './notices.svelte';
import { Pictures } from './pictures.svelte';
import { Playback } from './playback.svelte';
import { Preferences } from './preferences.svelte';
import { Door } from './door.svelte';
import { Draft } from './draft.svelte';
import type { Flag, RunRecord } from './record.svelte';
import type { SeriesStore } from './series';
import type { Changes } from './job';
import { Sheets } from './sheets.svelte';
import { Referee } from './referee.svelte';
import { Steering } from './steering.svelte';
import { Stepping } from './stepping.svelte';
import { Tampers } from './tampers.svelte';
import type { Change } from './steering.svelte';

export class Tank {
  readonly cursor = new Cursor();
  readonly preferences = new Preferences();
  readonly notices = new Notices();
  readonly captions = new Captions();
  readonly folds = new Folds(this.cursor.lens !== null);
  readonly sheets = new Sheets();
  readonly beat = new Beat();
  readonly door = new Door(this);
  /** The network as it is edited. */
  readonly draft = new Draft({
    inspect: inspectGraph,
    plan: (graph) => planGraph(this.run.id, graph),
    apply: (graph, begins) => this.command({ kind: 'graph', graph, begins }),
    node: () => this.cursor.node,
    choose: (node) => {
      this.cursor.set({ node });
    },
  });
  /** The computational graph, forward and back. */
  readonly backprop = new Backprop(this);
  /** Where it stands within a step, and going on from there. */
  readonly stepping = new Stepping(this);
  readonly tampers = new Tampers(this);
  readonly referee = new Referee(this);
  readonly live: Live;
  readonly pictures: Pictures;
  readonly playback: Playback;
  readonly steering: Steering;
  readonly exchange: Exchange;
  /** Whether the loss is seen on a logarithmic axis. */
  logarithmic = $state(true);
  /** How it stands with the server's disk. */
  storage = $state<Heartbeat['storage']>('open');
  /** Every shelf, for the words of the recipe. */
  catalogue = $state.raw<Catalogue | null>(null);
  #status = $state.raw<Status>({ connection: 'connecting', since: performance.now(), says: null });
  /** How many examples train the network; 0: not known yet. */
  #train = $state(0);
  #firstHeldOut = $state<number | null>(null);
  #visible = $state(document.visibilityState === 'visible');

  constructor() {
    this.live = new Live({
      open: openSocket,
      build: pageBuild(),
      status: (status) => {
        this.#connected(status);
      },
      heartbeat: (heartbeat) => {
        this.door.record?.heartbeat(heartbeat);
      },
      storage: (storage) => {
        this.storage = storage;
      },
    });
    this.pictures = new Pictures(this.live, this.beat, (frame) => {
      this.#seen(frame);
    });
    this.playback = new Playback(this);
    this.steering = new Steering(this);
    this.exchange = new Exchange(this);
    this.#listen();
    void this.door.begin();
    void getCatalogue().then(
      (catalogue) => (this.catalogue = catalogue),
      () => undefined,
    );
  }

  /** Whether there is a run to show. */
  get ready(): boolean {
    return this.door.record !== null;
  }
  /** The run as the server describes it, kept current by its events. */
  get run(): Run {
    return this.record.run;
  }
  get record(): RunRecord {
    const { record } = this.door;
    if (!record) throw new Error('There is no run yet; `ready` tells.');
    return record;
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
  readonly runId = $derived(this.door.record?.run.id ?? '');
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
  /** Whether the network is being edited; a presenter shows it. */
  get editing(): boolean {
    return this.cursor.edit && !this.cursor.present;
  }
  get isLive(): boolean {
    return this.cursor.step === 'live';
  }

  /** Change the run; an own copy of it, where it is shared or the cursor is in the past. Refusals are said. */
  command(change: Change, options: { trains?: boolean } = {}): Promise<Effect | null> {
    return this.steering.command(change, options);
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

  /** A run's past from a step on is another one. */
  changed(run: string, from: number): void {
    this.pictures.forget(run, from);
  }

  caughtUp(steps: number): void {
    this.notices.say('connection.caught_up', { steps }, { stays: 3000 });
  }

  recovered(step: number): void {
    this.notices.say('run.recovered', { step });
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
    if (status.connection === 'lost') this.door.record?.lost();
    if (status.connection === 'open') this.door.record?.resumed();
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
          if (run && run !== this.door.record?.run.id) void this.door.open(run);
        });
      });
      $effect(() => {
        // A run that was taken back may not be where the cursor is any more.
        const lost = this.ready && this.door.settled ? missingStep(this) : null;
        if (lost) this.cursor.set(lost.instead, { push: false });
      });
      $effect(() => {
        this.pictures.aim({ step: this.cursor.step, visible: this.#visible });
      });
      $effect(() => {
        const { record } = this.door;
        if (!record) return;
        const { run, inspection } = record;
        untrack(() => {
          this.draft.follow(run.id, run.job.graph, inspection);
        });
      });
      $effect(() => {
        this.beat.calm = this.preferences.reducedMotion;
      });
    });
  }
}
