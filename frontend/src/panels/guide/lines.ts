/** Which one line stands under the recipe: what is wrong comes first, then news, then the guide. */

import { setting } from '../../graph/number';
import type { Action } from '../../run/notices.svelte';
import type { Slot } from '../../messages/say';
import { hiddenUnits } from '../../run/layers';
import type { Tank } from '../../run/tank.svelte';

export interface Line {
  key: string;
  values: Record<string, Slot>;
  kind: 'plain' | 'trouble' | 'guide';
  actions: Action[];
  close: (() => void) | null;
}

/** A cut shorter than this is over before it could be read. */
const PATIENCE = 1200;
/** The guide proposes a rate this many times greater. */
const BOLD = 15;
const GOOD = 0.97;

/** Choose the line; null: nothing is to be said. `now` is the clock that the connection is timed with. */
export function lineOf(tank: Tank, now: number): Line | null {
  return (
    connectionLine(tank, now) ??
    storageLine(tank) ??
    troubleLine(tank) ??
    noticeLine(tank) ??
    guideLine(tank)
  );
}

function plain(key: string, values: Record<string, Slot>, more: Partial<Line> = {}): Line {
  return { key, values, kind: 'plain', actions: [], close: null, ...more };
}

function connectionLine(tank: Tank, now: number): Line | null {
  const { connection, since, says } = tank.status;
  const seconds = Math.round((now - since) / 1000);
  if (connection === 'open' || now - since < PATIENCE) return null;
  if (connection === 'lost') return plain('connection.lost_for', { seconds }, { kind: 'trouble' });
  if (connection === 'connecting') return plain('connection.connecting', {});
  const again = { key: 'connection.reload', run: (): void => { location.reload(); } }; // prettier-ignore
  return plain(says ?? 'connection.closed', {}, { kind: 'trouble', actions: [again] });
}

/** The server's disk is full: nothing that the other lines propose could be done. */
function storageLine({ storage }: Tank): Line | null {
  if (storage === 'open') return null;
  const runs = { key: 'storage.runs', run: (): void => { location.assign('/runs'); } }; // prettier-ignore
  return plain(
    `storage.${storage}`,
    {},
    { kind: 'trouble', actions: storage === 'short' ? [runs] : [] },
  );
}

function troubleLine(tank: Tank): Line | null {
  const { problem, state } = tank.run;
  if (!problem || (state !== 'diverged' && state !== 'failed')) return null;
  const values = Object.fromEntries(
    Object.entries(problem.values).map(([name, value]) => [name, value ?? NaN]),
  );
  const node = typeof values['node'] === 'string' ? tank.titleOf(values['node']) : '';
  return plain(
    problem.reason,
    { ...values, node },
    { kind: 'trouble', actions: remedies(tank, values) },
  );
}

function remedies(tank: Tank, values: Record<string, number | string>): Action[] {
  const { steering, snapshots } = tank;
  const at = Number(values['step'] ?? tank.run.step);
  const suggested = Number(values['suggested']);
  const back = snapshots.findLast((step) => step < at);
  const actions: Action[] = [];
  if (suggested > 0) {
    const run = (): void => void steering.change({ 'optimizer.lr': suggested }).then((done) => { if (done) steering.play(); }); // prettier-ignore
    actions.push({ key: 'trouble.try_rate', values: { lr: setting(suggested) }, run });
  }
  if (back !== undefined)
    actions.push({
      key: 'trouble.go_back',
      values: { step: back },
      run: () => void steering.rewind(back),
    });
  return actions;
}

function noticeLine(tank: Tank): Line | null {
  const notice = tank.notices.current;
  return notice && { ...notice, close: (): void => { tank.notices.close(); } }; // prettier-ignore
}

function guideLine(tank: Tank): Line | null {
  const { run, preferences, latest, steering, cursor } = tank;
  if (!preferences.guide || cursor.present) return null;
  const close = (): void => { preferences.set({ guide: false }); }; // prettier-ignore
  if (run.step === 0 && run.state === 'waiting')
    return plain('guide.untrained', {}, { kind: 'guide', close });
  const units = hiddenUnits(run.job.graph);
  const classifies =
    run.job.task.kind === 'Classification' && units > 0 && 'features' in run.job.dataset;
  if (!classifies) return plain('guide.anything', {}, { kind: 'guide', close });
  const lr = bold(run.job.optimizer.lr);
  const isDone = (latest['validation_accuracy'] ?? 0) >= GOOD;
  const act: Action = {
    key: 'guide.set_rate',
    values: { lr: setting(lr) },
    run: () => void steering.change({ 'optimizer.lr': lr }),
  };
  return plain(
    isDone ? 'guide.learned' : 'guide.learning',
    { units },
    { kind: 'guide', actions: [act], close },
  );
}

/** A rate that is too great, as a round number. */
function bold(lr: number): number {
  return Number((lr * BOLD).toPrecision(1));
}
