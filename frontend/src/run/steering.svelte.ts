/** Doing something to a run: starting, stopping, moving in time, changing it, and making others of it. */

import { CommandRefused } from '../wire/live';
import { Problem } from '../wire/http';
import { createRun, createRunOf, forkRun, playRun } from '../wire/rest';
import type { Command, Effect, Job, Run, Step } from '../wire/schema';
import { emptyOf } from '../graph/empty';
import { besides } from '../graph/twin';
import { say } from '../messages/say';
import { mergeJob } from './job';
import type { Action } from './notices.svelte';
import { deleteOldest } from './room';
import type { Changes } from './job';
import type { Tank } from './tank.svelte';

/** A change of a run: of its job, of a point, of a weight or of all, of its network. */
export type Change = Exclude<Command['command'], { kind: 'play' | 'pause' | 'step' | 'rewind' }>;
type Any = Command['command'];

/** At most this many steps are added where a finished run is to go on. */
const MORE = 2000;

export class Steering {
  /** Steps a second that are wished for; null: as fast as it goes. */
  pace = $state<number | null>(150);
  /** Whether something is under way. */
  busy = $state(false);
  readonly #tank: Tank;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** Whether the playhead moves: the run trains and is watched, or its past is played. */
  get playing(): boolean {
    const { playback, ready } = this.#tank;
    return playback.on || (ready && this.#tank.isLive && this.#tank.run.state === 'running');
  }

  /** Play, or stand still. */
  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Let the playhead move: through the past, or on with training. A run that is finished is played again. */
  play(): void {
    const { run, isLive, playback } = this.#tank;
    if (!isLive || run.state === 'finished' || (run.shared && run.step > 0)) playback.start();
    else void this.attempt(() => this.#train());
  }

  /** Stand still. A shared run trains on; this page stands still by itself. */
  pause(): void {
    const { run, cursor, playback, head, isLive } = this.#tank;
    playback.stop();
    if (!isLive || run.state !== 'running') return;
    if (run.shared) cursor.set({ step: head }, { push: false });
    else void this.attempt(() => this.#give({ kind: 'pause' }));
  }

  /** Choose a pace; a run that trains takes it up at once. */
  setPace(pace: number | null): void {
    this.pace = pace;
    const { run, isLive } = this.#tank;
    if (isLive && run.state === 'running' && !run.shared) void this.attempt(() => this.#train());
  }

  /** Move by steps of the optimiser: back in the record, forward by training where nothing is recorded. */
  step(count: number, unit: Step['unit'] = 'minibatch'): void {
    const { cursor, shownStep, head, run } = this.#tank;
    this.#tank.playback.stop();
    const to = shownStep + count;
    if (count < 0 || to < head) this.go(to, { push: false });
    else if (cursor.step !== 'live') cursor.set({ step: 'live' }, { push: false });
    else {
      void this.attempt(async () => {
        await this.own(false);
        if (run.state === 'finished') await this.#lengthen();
        await this.#give({ kind: 'step', unit, count });
      });
    }
  }

  /** Show a past step, or (at the end) the present. */
  go(step: number | 'live', options: { push?: boolean } = {}): void {
    this.#tank.playback.stop();
    const { head, first, run } = this.#tank;
    const isEnd = step !== 'live' && step >= head && run.state !== 'running';
    const to = step === 'live' || isEnd ? 'live' : Math.max(first, step);
    this.#tank.cursor.set({ step: to }, options);
  }

  /** To the previous or next snapshot. */
  jump(direction: 1 | -1): void {
    const { shownStep, snapshots, head } = this.#tank;
    const places = [...snapshots, head];
    const to =
      direction > 0
        ? places.find((step) => step > shownStep)
        : places.findLast((step) => step < shownStep);
    if (to !== undefined) this.go(to >= head ? 'live' : to);
  }

  /** Make a past step the present of an own run, and stand there. */
  async rewind(step: number): Promise<void> {
    await this.attempt(async () => {
      if (this.#tank.run.shared) await this.#fork(step);
      else await this.#give({ kind: 'rewind', step });
      this.#tank.cursor.set({ step: 'live' });
    });
  }

  /** Train again from step 0, by the recipe as it is now. */
  async restart(): Promise<void> {
    const { run, first, flags } = this.#tank;
    const isUnchanged = !run.shared && first === 0 && !flags.length;
    if (!isUnchanged) {
      await this.newRun({});
      return;
    }
    await this.rewind(0);
    await this.attempt(() => this.#train());
  }

  /** Make an own run that begins here. */
  async fork(): Promise<void> {
    await this.attempt(() => this.#fork(this.#stepOrNow()));
  }

  /**
   * Change the run. A shared run, or the past, is never changed: an own copy is. A run that is over trains on after a
   * change, unless that is nothing to learn from (`trains` false).
   */
  async command(change: Change, { trains = true } = {}): Promise<Effect | null> {
    const ack = await this.attempt(async () => {
      const goesOn = await this.own(this.#tank.run.state === 'running' && this.#tank.isLive);
      const isOver = trains && this.#tank.run.state === 'finished';
      const more = isOver ? await this.#lengthen() : false;
      const answer = await this.#give(change);
      if (goesOn || more) await this.#train();
      return answer;
    });
    return ack?.effect ?? null;
  }

  /** Change entries of the job. */
  change(changes: Changes): Promise<Effect | null> {
    return this.command({ kind: 'change', changes });
  }

  /** Take a change back. */
  async undo(effect: Effect): Promise<void> {
    await this.command(effect.undo);
  }

  /** What cannot be changed in the middle of a run begins a new one; it trains at once. */
  async newRun(changes: Changes): Promise<void> {
    await this.attempt(async () => {
      const job = mergeJob(this.#tank.run.job, changes);
      await this.follow(await createRun(job), true);
      this.#tank.notices.say('run.fresh', { seed: job.seed });
      await this.#train();
    });
  }

  /** Begin a run of a preset. */
  async openPreset(preset: string): Promise<void> {
    await this.attempt(async () => {
      await this.follow(await createRunOf(preset), false);
      await this.#train();
    });
  }

  /** Let a ready-made network learn from the same data and seed, beside this run; says which run that is. */
  async beside(preset: string): Promise<string | null> {
    return this.attempt(async () => {
      const { id } = await createRunOf(preset, besides(this.#tank.run.job));
      await playRun(id);
      return id;
    });
  }

  /** Begin a run of a network that has nothing yet but what the data ask for, and edit it. */
  async newNetwork(): Promise<void> {
    await this.attempt(async () => {
      const { run, inspection } = this.#tank;
      const graph = emptyOf(run.job.graph, inspection);
      const job = { ...mergeJob(run.job, { graph }), title: say('editor.fresh'), name: '' };
      await this.follow(await createRun({ ...job, rates: {}, init: {} }), false);
      this.#tank.cursor.set({ edit: true, node: null, lens: null });
    });
  }

  /** Begin a run of a whole job. */
  async openJob(job: Job): Promise<void> {
    await this.attempt(async () => {
      await this.follow(await createRun(job), false);
      await this.#train();
    });
  }

  async #train(): Promise<void> {
    if (this.#tank.run.shared) await this.#fork(null);
    await this.#give({ kind: 'play', pace: this.pace });
  }

  /** Be on an own run, in its present; says whether it should go on training, as the one before did. */
  async own(wasRunning: boolean): Promise<boolean> {
    const { run, isLive } = this.#tank;
    if (!run.shared && isLive) return false;
    await this.#fork(this.#stepOrNow());
    return wasRunning;
  }

  #stepOrNow(): number | null {
    const { step } = this.#tank.cursor;
    return step === 'live' ? null : step;
  }

  async #fork(step: number | null): Promise<void> {
    const { run } = this.#tank;
    const made = await forkRun(run.id, step);
    await this.follow(made, true);
    const from = {
      key: 'run.back',
      run: (): void => {
        this.#tank.cursor.set({ run: run.id, step: 'live' });
      },
    };
    this.#tank.notices.say('run.forked', { step: made.step }, { actions: [from] });
  }

  /** Have a run on the bench; `ghost`: with the curves of the one before in view. */
  async follow(run: Run, ghost: boolean): Promise<void> {
    const opened = this.#tank.door.open(run.id, { ghost, known: run });
    this.#tank.cursor.set({ run: run.id, step: 'live' });
    await opened;
  }

  /** A run that is over gets more steps to take. */
  async #lengthen(): Promise<boolean> {
    const steps = this.#tank.run.steps + Math.min(MORE, this.#tank.run.steps);
    await this.#give({ kind: 'change', changes: { steps } });
    this.#tank.notices.say('run.lengthened', { steps });
    return true;
  }

  #give(command: Any): ReturnType<Tank['live']['command']> {
    return this.#tank.live.command(this.#tank.run.id, command);
  }

  /** One thing after the other; what is refused is said. */
  attempt<T>(work: () => Promise<T>): Promise<T | null> {
    const turn = this.#queue.then(async () => {
      this.busy = true;
      try {
        return await work();
      } catch (problem) {
        this.#complain(problem);
        return null;
      } finally {
        this.busy = false;
      }
    });
    this.#queue = turn;
    return turn;
  }

  #complain(problem: unknown): void {
    const known = problem instanceof Problem || problem instanceof CommandRefused;
    if (!known) throw problem;
    const key = problem.message ? 'problem.said' : `problem.${problem.code}`;
    const actions = problem.code === 'too-many-runs' ? [this.#makeRoom()] : [];
    this.#tank.notices.say(key, { sentence: problem.message }, { kind: 'trouble', actions });
  }

  #makeRoom(): Action {
    const run = async (): Promise<void> => {
      const deleted = await this.attempt(() => deleteOldest(this.#tank.runId));
      if (deleted !== null) this.#tank.notices.say('run.room_made', { deleted });
    };
    return { key: 'run.make_room', run: () => void run() };
  }
}
