/** Some runs beside each other: their recipes, their curves, and what each says to the same examples. */

import { Problem } from '../wire/http';
import { getCatalogue, getDifference, getOutlines, getProbe, getRun } from '../wire/rest';
import type { Catalogue, Comparison as Apart, FrameAnswer, Run } from '../wire/schema';
import { answersOf } from './answers';
import type { Answers } from './answers';
import { SeriesStore } from './series';
import { listen, speaks } from './spoken';
import type { Spoken } from './spoken';

/** How often a run that trains is asked how it does. */
const SOON = 1000;
const LATER = 4000;
const POINTS = 1200;

/** One of the runs. */
export interface Side {
  run: Run;
  series: SeriesStore;
  answers: Answers | null;
  data: FrameAnswer | null;
  /** What it does with sentences; null: it says none. */
  spoken: Spoken | null;
  /** Whether the answers are those of now. */
  looked: boolean;
}

export class Comparison {
  sides = $state.raw<Side[]>([]);
  catalogue = $state.raw<Catalogue | null>(null);
  /** In which words the second differs from the first. */
  apart = $state.raw<Apart | null>(null);
  /** How many of the runs that were asked for cannot be found. */
  gone = $state(0);
  known = $state(false);
  absent = $state(false);
  #ids: readonly string[] = [];
  #example: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor() {
    void getCatalogue().then(
      (catalogue) => (this.catalogue = catalogue),
      () => undefined,
    );
  }

  /** Compare these runs from now on. */
  open(ids: readonly string[]): void {
    this.#ids = ids;
    this.sides = this.sides.filter(({ run }) => ids.includes(run.id));
    this.apart = null;
    void this.refresh();
  }

  /** Follow another example; what is said to it is asked for at once where it is not known of all. */
  follow(example: number | null): void {
    if (example === this.#example) return;
    this.#example = example;
    if (this.sides.some(({ spoken }) => spoken)) void this.refresh();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const ids = this.#ids;
    try {
      const found = await Promise.all(ids.map((id) => this.#side(id)));
      if (ids !== this.#ids) return;
      this.sides = found.filter((side) => side !== null);
      this.gone = found.length - this.sides.length;
      [this.known, this.absent] = [true, false];
      await this.#lookAll(ids);
    } catch {
      this.absent = true;
    }
    if (this.#closed || ids !== this.#ids) return;
    const trains = this.sides.some(({ run }) => run.state === 'running');
    this.#timer = setTimeout(() => void this.refresh(), trains ? SOON : LATER);
  }

  /** What takes longer than the curves: in which words they differ, and what they say to the examples. */
  async #lookAll(ids: readonly string[]): Promise<void> {
    const [one, other] = this.sides;
    const apart = one && other ? await getDifference(one.run.id, other.run.id) : null;
    if (ids !== this.#ids) return;
    this.apart = apart;
    const example = this.#example;
    const looked = await Promise.all(
      this.sides.map(async (side) =>
        side.looked && (side.spoken?.example ?? example) === example
          ? side
          : { ...side, ...(await look(side.run.id, this.#example)) },
      ),
    );
    if (ids === this.#ids && example === this.#example) this.sides = looked;
  }

  /** A run as it is now; null if it is gone. What has not changed is not asked for again. */
  async #side(id: string): Promise<Side | null> {
    const before = this.sides.find(({ run }) => run.id === id);
    const run = await getRun(id).catch((problem: unknown) => {
      if (problem instanceof Problem && problem.status === 404) return null;
      throw problem;
    });
    if (!run) return null;
    const still = before?.run.step === run.step && before.run.log.seq === run.log.seq;
    if (still) return { ...before, run };
    const { answers = null, data = null, spoken = null } = before ?? {};
    return { run, series: await curvesOf(run), answers, data, spoken, looked: false };
  }
}

/** Both losses, in no more points than a screen has columns. */
async function curvesOf(run: Run): Promise<SeriesStore> {
  const series = new SeriesStore();
  series.smoothFor(run.job.steps);
  series.add((await getOutlines(run.id, ['loss', 'validation_loss'], POINTS)).curves);
  return series;
}

/** What the network says to its examples; nothing, where it cannot be asked. */
async function look(id: string, example: number | null): Promise<Omit<Side, 'run' | 'series'>> {
  const nothing = { answers: null, data: null, spoken: null, looked: true };
  try {
    const data = await getProbe(id, 'data');
    if (speaks(data)) return { ...nothing, data, spoken: await listen(id, example) };
    return { ...nothing, data, answers: answersOf(await getProbe(id, 'answer'), data) };
  } catch (problem) {
    if (problem instanceof Problem && problem.status) return nothing;
    throw problem;
  }
}
