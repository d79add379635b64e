/** The recipe: a job as one sentence, every word of which is a control. What is in force stands in the sentence. */

import { say } from '../messages/say';
import type { Catalogue, Job } from '../wire/schema';
import { section } from './job';
import type { Section } from './job';
import { chainOf, networkTokens } from './layers';
import { enumWord, find, numberWord, settingName, settingWord } from './settings';
import { settingsOf } from './words';
import type { ChoiceWord, NumberWord, Option, SettingSchema, Token, Word } from './words';

interface Entry {
  kind: string;
  title: string;
  help: string;
  settings: Record<string, unknown>;
}

/** The sentence's slots, and the settings that are not worth a place in it. */
export interface Recipe {
  slots: Record<string, Token[]>;
  rest: { name: string; word: Word }[];
}

const ALWAYS = new Set(['noise', 'lr', 'strength']);
const PRECISIONS = ['float32', 'float64', 'tf32', 'bf16'] as const satisfies Job['precision'][];

/** Write a job as a sentence. */
export function recipeOf(job: Job, catalogue: Catalogue): Recipe {
  const network = chainOf(job.graph);
  const parts = ['dataset', 'optimizer', 'regulariser', 'schedule'].map((name) =>
    detailsOf(job, catalogue, name),
  );
  const [dataset, optimizer, regulariser, schedule] = parts as [Details, Details, Details, Details];
  const penalised = isPenalised(job, catalogue);
  const scheduled =
    Object.keys(settingsOf(find(catalogue.schedules, job.schedule.kind))).length > 0;
  return {
    slots: {
      network: network ? networkTokens(job, network, catalogue) : [nameOf(job)],
      dataset: [datasetWord(job, catalogue), ...dataset.spoken],
      optimizer: [optimizerWord(job, catalogue), ...optimizer.spoken.filter(isNotRate)],
      lr: [rateWord(job, catalogue)],
      schedule: scheduled
        ? [' ', kindWord(job, 'schedule', catalogue.schedules), ...schedule.spoken]
        : [],
      batch: batchTokens(job),
      loss: [lossWord(job, catalogue)],
      penalty: penalised ? penaltyTokens(job, catalogue) : [],
      steps: [stepsWord(job)],
      seed: [seedWord(job)],
    },
    rest: [
      ...dataset.rest,
      ...optimizer.rest,
      ...(penalised
        ? regulariser.rest
        : named('regulariser', kindWord(job, 'regulariser', catalogue.regularisers))),
      ...(scheduled
        ? schedule.rest
        : named('schedule', kindWord(job, 'schedule', catalogue.schedules))),
      ...named('engine', enumWord('engine', job.engine, ['auto', 'plain'], false)),
      ...named('precision', enumWord('precision', job.precision, PRECISIONS, true)),
    ],
  };
}

/** What the network is called within a sentence. */
function nameOf({ name, title }: Job): string {
  return name === '' ? title : name;
}

/** Whether the weights are penalised at all. */
export function isPenalised(job: Job, catalogue: Catalogue): boolean {
  return find(catalogue.regularisers, job.regulariser.kind)?.formula !== '0';
}

interface Details {
  spoken: Token[];
  rest: { name: string; word: Word }[];
}

/** The settings of an entry: those in force are spoken, the others listed. */
function detailsOf(job: Job, catalogue: Catalogue, name: string): Details {
  const chosen = section(job, name);
  const entry = find(shelfOf(catalogue, name), chosen.kind);
  const details: Details = { spoken: [], rest: [] };
  for (const [setting, schema] of Object.entries(settingsOf(entry))) {
    const word = settingWord(name, setting, schema, chosen);
    if (!word || setting === 'lr') continue;
    if (isInForce(setting, schema, chosen))
      details.spoken.push(say('recipe.and', { name: settingName(setting) }), word);
    else details.rest.push({ name: settingName(setting, true), word });
  }
  return details;
}

function isInForce(setting: string, schema: SettingSchema, chosen: Section): boolean {
  if (ALWAYS.has(setting) || schema.enum) return true;
  return chosen[setting] !== schema.default;
}

function kindWord(
  job: Job,
  name: string,
  shelf: readonly Entry[],
  only?: readonly string[],
): ChoiceWord {
  const options = shelf
    .filter(({ kind }) => !only || only.includes(kind) || kind === section(job, name).kind)
    .map(({ kind, title, help }): Option => ({
      value: kind,
      label: title,
      help,
      changes: { [name]: { kind } },
    }));
  return {
    kind: 'choice',
    id: name,
    label: say(`recipe.label.${name}`),
    fresh: false,
    value: section(job, name).kind,
    options,
  };
}

function datasetWord(job: Job, catalogue: Catalogue): ChoiceWord {
  const now = catalogue.datasets.find(({ kind }) => kind === job.dataset.kind);
  const fitting = catalogue.datasets.filter(
    (entry) =>
      entry.target === now?.target &&
      axesOf(entry) === axesOf(now) &&
      isFlat(entry) === isFlat(now),
  );
  return kindWord(
    job,
    'dataset',
    catalogue.datasets,
    fitting.map(({ kind }) => kind),
  );
}

type DatasetEntry = Catalogue['datasets'][number];

function axesOf(entry: DatasetEntry | undefined): string {
  return Object.values(entry?.inputs ?? {})
    .map(({ axes }) => axes.join())
    .join(';');
}

/** Whether what is seen of it is the plane: its points may be told by any number of features. */
function isFlat(entry: DatasetEntry | undefined): boolean {
  return 'features' in settingsOf(entry);
}

/** The rate stays when the rule changes: the sentence still says so. */
function optimizerWord(job: Job, catalogue: Catalogue): ChoiceWord {
  const { lr } = job.optimizer;
  const options: Option[] = catalogue.optimizers.flatMap(({ kind, title, help, variants }) => {
    const names = Object.entries(variants);
    if (!names.length)
      return [{ value: kind, label: title, help, changes: { optimizer: { kind, lr } } }];
    return names.map(([label, settings]) => ({
      value: `${kind} ${label}`,
      label,
      help,
      changes: { optimizer: { kind, lr, ...settings } },
    }));
  });
  const value = currentVariant(job, catalogue);
  return {
    kind: 'choice',
    id: 'optimizer',
    label: say('recipe.label.optimizer'),
    fresh: false,
    value,
    options,
  };
}

/** Which of an optimiser's names its settings deserve: the first one that agrees on what is zero or off. */
function currentVariant(job: Job, catalogue: Catalogue): string {
  const { kind } = job.optimizer;
  const chosen = section(job, 'optimizer');
  const variants = Object.entries(find(catalogue.optimizers, kind)?.variants ?? {});
  const match = variants.find(([, settings]) =>
    Object.entries(settings).every(([name, value]) => Boolean(chosen[name]) === Boolean(value)),
  );
  return match ? `${kind} ${match[0]}` : kind;
}

function rateWord(job: Job, catalogue: Catalogue): NumberWord {
  const entry = find(catalogue.optimizers, job.optimizer.kind);
  const schema = settingsOf(entry)['lr'] ?? {};
  return numberWord('optimizer.lr', job.optimizer.lr, schema, {
    scale: 'ratio',
    label: say('recipe.label.lr'),
  });
}

function batchTokens(job: Job): Token[] {
  const policies = ['minibatch', 'full', 'single'] as const;
  const options = policies.map((policy): Option => ({
    value: policy,
    label: say(`recipe.batch.${policy}`),
    changes: { 'batch.policy': policy },
  }));
  const policy: ChoiceWord = {
    kind: 'choice', id: 'batch.policy', label: say('recipe.label.batch'), fresh: false, value: job.batch.policy, options,
  }; // prettier-ignore
  if (job.batch.policy !== 'minibatch') return [policy];
  const schema = { minimum: 1, maximum: 4096, type: 'integer' };
  const label = say('recipe.label.batch_size');
  return [
    policy,
    ' ',
    numberWord('batch.size', job.batch.size, schema, { scale: 'double', label }),
  ];
}

function lossWord(job: Job, catalogue: Catalogue): ChoiceWord {
  const offered = catalogue.tasks.find(({ kind }) => kind === job.task.kind)?.losses;
  return kindWord(job, 'loss', catalogue.losses, offered);
}

function penaltyTokens(job: Job, catalogue: Catalogue): Token[] {
  const schema = settingsOf(find(catalogue.regularisers, job.regulariser.kind))['strength'] ?? {};
  const label = say('recipe.label.strength');
  const strength = numberWord('regulariser.strength', job.regulariser.strength, schema, {
    scale: 'ratio',
    label,
  });
  return [
    say('recipe.plus'),
    strength,
    say('recipe.times'),
    kindWord(job, 'regulariser', catalogue.regularisers),
  ];
}

function stepsWord(job: Job): NumberWord {
  const schema = { minimum: 1, maximum: 10_000_000, type: 'integer' };
  return numberWord('steps', job.steps, schema, {
    scale: 'ratio',
    label: say('recipe.label.steps'),
  });
}

function seedWord(job: Job): NumberWord {
  const schema = { minimum: 0, maximum: 2 ** 53 - 1, type: 'integer' };
  return numberWord('seed', job.seed, schema, {
    scale: 'whole',
    label: say('recipe.label.seed'),
    fresh: true,
  });
}

function named(name: string, word: Word): { name: string; word: Word }[] {
  return [{ name: settingName(name, true), word }];
}

function isNotRate(token: Token): boolean {
  return typeof token === 'string' || token.id !== 'optimizer.lr';
}

function shelfOf(catalogue: Catalogue, name: string): readonly Entry[] {
  return { dataset: catalogue.datasets, optimizer: catalogue.optimizers, regulariser: catalogue.regularisers, schedule: catalogue.schedules }[name] ?? []; // prettier-ignore
}
