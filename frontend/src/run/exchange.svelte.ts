/** Files that come in and go out: what a file is decides what is done with it. */

import { Problem } from '../wire/http';
import {
  createRun,
  exportRun,
  graphOfOnnx,
  graphOfSource,
  takeWeights,
  type Export,
} from '../wire/rest';
import type { Effect, Graph, Job } from '../wire/schema';
import { mergeJob } from './job';
import { keep } from './keep';
import type { Tank } from './tank.svelte';

export const EXPORTS: readonly Export[] = ['pytorch', 'notebook', 'onnx', 'safetensors', 'job'];
/** What can be opened, by the ending of its name. */
export const ENDINGS = ['json', 'onnx', 'safetensors', 'py'] as const;
export type Ending = (typeof ENDINGS)[number];

/** A JSON document that can be opened. */
export type Document = { job: Job } | { graph: Graph } | null;

export class Exchange {
  /** What is under way: a file that is opened, or the kind of one that is made. */
  busy = $state<Export | 'open' | null>(null);
  readonly #tank: Tank;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  /** Make a file of the run and let the browser keep it. */
  async takeHome(kind: Export): Promise<void> {
    await this.#while(kind, async () => {
      const { content, name } = await exportRun(this.#tank.run.id, kind);
      keep(content, name);
      this.#tank.notices.say('exchange.home.done', { name });
    });
  }

  /** Open a file: a job or network begins a run, weights go into this one. */
  async open(file: File): Promise<void> {
    const ending = endingOf(file.name);
    const { notices } = this.#tank;
    if (!ending) {
      notices.say('exchange.open.unknown', { name: file.name }, { kind: 'trouble' });
      return;
    }
    await this.#while('open', async () => {
      if (ending === 'json') await this.#openDocument(file);
      else if (ending === 'onnx') await this.#openNetwork(file);
      else if (ending === 'py') await this.#openSource(file);
      else await this.#takeWeights(file, false);
    });
  }

  async #openDocument(file: File): Promise<void> {
    const document = readDocument(await file.text());
    if (!document) {
      this.#tank.notices.say('exchange.open.no_job', { name: file.name }, { kind: 'trouble' });
    } else if ('job' in document) {
      await this.#begin(document.job, 'exchange.open.job', {});
    } else {
      await this.#begin(this.#with(document.graph, ''), 'exchange.open.graph', {});
    }
  }

  /** A network with its weights; where the file does not say how it was trained, this run's recipe serves. */
  async #openNetwork(file: File): Promise<void> {
    const { job, graph, title, parameters } = await graphOfOnnx(file);
    const run = await createRun(job ?? this.#with(graph, title));
    await takeWeights(run.id, file, false);
    await this.#show(run.id, job ? 'exchange.open.own' : 'exchange.open.network', { parameters });
  }

  async #openSource(file: File): Promise<void> {
    const { graph, problems, name } = await graphOfSource(await file.text());
    const [problem] = problems;
    if (graph) await this.#begin(this.#with(graph, name), 'exchange.open.source', {});
    else if (problem) {
      const { line, message } = problem;
      this.#tank.notices.say(
        'exchange.open.line',
        { line, sentence: message },
        { kind: 'trouble' },
      );
    }
  }

  /** Weights go into this run, or a copy of it where it is not ours to change. All must fit, else one may say so. */
  async #takeWeights(file: File, partial: boolean): Promise<void> {
    const { steering, notices } = this.#tank;
    try {
      await steering.own(false);
      const { effect } = await takeWeights(this.#tank.run.id, file, partial);
      this.#told(effect);
    } catch (problem) {
      const isRefused = problem instanceof Problem && problem.code === 'command-refused';
      if (!isRefused || partial) throw problem;
      const run = (): void => {
        void this.#while('open', () => this.#takeWeights(file, true));
      };
      notices.say(
        'problem.said',
        { sentence: problem.message },
        { kind: 'trouble', actions: [{ key: 'exchange.open.partial', run }], stays: 0 },
      );
    }
  }

  /** Take what another run has learned, as it is now, wherever it fits. */
  async takeFrom(run: string): Promise<void> {
    const effect = await this.#tank.command({ kind: 'weights', run, nodes: {}, strict: false });
    if (effect) this.#told(effect);
  }

  /** Say what was taken and what was not, and offer to take it back. */
  #told({ parameters, notes, undo }: Effect): void {
    const taken = Object.values(parameters).filter((fate) => fate === 'taken').length;
    const run = (): void => void this.#tank.command(undo);
    const rest = notes.length;
    const key = rest ? 'exchange.open.some' : 'exchange.open.weights';
    this.#tank.notices.say(
      key,
      { taken, rest, sentence: notes[0] ?? '' },
      { actions: [{ key: 'exchange.open.undo', run }] },
    );
  }

  /** This run's recipe around another network. */
  #with(graph: Graph, title: string): Job {
    const called = title || this.#tank.run.job.title;
    const apart = { rates: {}, init: {} };
    return mergeJob(this.#tank.run.job, { graph, ...apart, title: called.slice(0, 80), name: '' });
  }

  async #begin(job: Job, key: string, values: Record<string, number>): Promise<void> {
    const run = await createRun(job);
    await this.#show(run.id, key, values, run.parameters);
  }

  async #show(
    id: string,
    key: string,
    values: Record<string, number>,
    parameters = values['parameters'] ?? 0,
  ): Promise<void> {
    const before = this.#tank.run.id;
    const opened = this.#tank.door.open(id);
    this.#tank.cursor.set({ run: id, step: 'live', node: null, example: null });
    await opened;
    const run = (): void => {
      this.#tank.cursor.set({ run: before, step: 'live' });
    };
    this.#tank.notices.say(
      key,
      { ...values, parameters, title: this.#tank.run.title },
      { actions: [{ key: 'run.back', run }] },
    );
  }

  async #while(what: Export | 'open', work: () => Promise<void>): Promise<void> {
    // Whoever asks while something is under way is not forgotten: attempts come one after the other.
    await this.#tank.steering.attempt(async () => {
      this.busy = what;
      try {
        await work();
      } finally {
        this.busy = null;
      }
    });
  }
}

/** The kind of a file by its name; null: not one that can be opened. */
export function endingOf(name: string): Ending | null {
  const ending = name.split('.').at(-1)?.toLowerCase();
  return ENDINGS.find((known) => known === ending) ?? null;
}

/** A job, or a network alone; null: neither. What is in it, the server judges. */
export function readDocument(text: string): Document {
  try {
    const document = JSON.parse(text) as unknown;
    if (typeof document !== 'object' || document === null) return null;
    if ('graph' in document && 'dataset' in document) return { job: document as Job };
    if ('nodes' in document && 'outputs' in document)
      return { graph: document as unknown as Graph };
  } catch {
    // Not JSON.
  }
  return null;
}
