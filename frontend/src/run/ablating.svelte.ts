/** What parts of a run are good for: others that differ in one thing are trained as far, and both are asked the same. */

import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

import { ablate, getProbe, listAblations } from '../wire/rest';
import type { AnyAblation } from '../wire/rest';
import type { FrameAnswer, AblationRow, AblationList } from '../wire/schema';
import { sentenceOf } from './complaint';
import type { Tank } from './tank.svelte';

/** Milliseconds after which it is asked again how far the others are. */
const PAUSE = 1500;

/** How good a network is at a step, on held-out sentences. */
export interface Measure {
  step: number;
  /** The share that is right by itself, and with the right words told. */
  own: number;
  told: number;
  loss: number;
  examples: number;
}

/** Both runs at the same step. */
export interface Both {
  here: Measure;
  there: Measure;
}

export class Ablating {
  offers = $state.raw<AblationList | null>(null);
  error = $state<string | null>(null);
  readonly #tank: Tank;
  /** What was measured, by run and step; null: it is being measured. */
  readonly #measures = new SvelteMap<string, Measure | null>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #open = false;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** See what there is, for as long as somebody looks: the answer ends that. In an effect, anew for another network. */
  follow(): () => void {
    this.#open = true;
    this.#measures.clear();
    void untrack(() => this.#refresh());
    return () => {
      this.#open = false;
      clearTimeout(this.#timer);
    };
  }

  /** Train the other run as far as this one has come. */
  async begin(ablation: AnyAblation): Promise<void> {
    await this.#attempt(async () => {
      await ablate(this.#tank.run.id, ablation);
    });
    if (this.#open) await this.#refresh();
  }

  /** Both at the same step; null: not tried, or not measured yet. */
  both({ run, step }: AblationRow): Both | null {
    const { run: own, head } = this.#tank;
    if (run === null) return null;
    const at = Math.min(step, head);
    const here = this.#measures.get(`${own.id} ${at}`);
    const there = this.#measures.get(`${run} ${at}`);
    return here && there ? { here, there } : null;
  }

  async #refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const { id } = this.#tank.run;
    await this.#attempt(async () => {
      const offers = await listAblations(id);
      if (id !== this.#tank.run.id) return;
      this.offers = offers;
      for (const offer of offers.items) void this.#measureBoth(offer);
    });
    const trains = this.offers?.items.some(({ state }) => state === 'running');
    if (this.#open && trains) this.#timer = setTimeout(() => void this.#refresh(), PAUSE);
  }

  /** Ask both, once the other has come as far as it is to. */
  async #measureBoth({ run, step, state }: AblationRow): Promise<void> {
    const at = Math.min(step, this.#tank.head);
    if (run === null || state === 'running' || at === 0) return;
    await this.#measure(this.#tank.run.id, at);
    await this.#measure(run, at);
  }

  async #measure(run: string, step: number): Promise<void> {
    const key = `${run} ${step}`;
    if (this.#measures.has(key)) return;
    this.#measures.set(key, null);
    await this.#attempt(async () => {
      this.#measures.set(key, measureOf(await getProbe(run, `alone?step=${step}`)));
    });
    if (this.#measures.get(key) === null) this.#measures.delete(key);
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.error = null;
    } catch (problem) {
      this.error = sentenceOf(problem);
    }
  }
}

function measureOf({ step, details }: FrameAnswer): Measure {
  const [own, told, loss, examples] = ['own', 'told', 'loss', 'examples'].map((name) =>
    Number(details[name]),
  );
  return { step, own: own ?? 0, told: told ?? 0, loss: loss ?? 0, examples: examples ?? 0 };
}
