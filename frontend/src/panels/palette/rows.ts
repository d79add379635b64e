/** What the palette offers for what was typed: places to go to, things to set, runs to open, things to do. */

import { joinNode } from '../../graph/cursor';
import { readNumber } from '../../graph/number';
import { titleOf, unitsOf, type Stage } from '../../graph/stages';
import { say } from '../../messages/say';
import { EXPORTS } from '../../run/exchange.svelte';
import type { Tank } from '../../run/tank.svelte';
import type { PresetAnswer } from '../../wire/schema';
import { KEYMAP } from '../keys/keymap';

export interface Row {
  group: 'go' | 'set' | 'jump' | 'open' | 'do';
  label: string;
  /** Key, address or year at the right. */
  hint: string;
  run: () => void;
}

const MOST = 12;
const MOST_UNITS = 16;
/** Words of the lecture, and what they are here. */
const SYNONYMS: Record<string, string> = {
  eta: 'optimizer.lr',
  lr: 'optimizer.lr',
  η: 'optimizer.lr',
  'learning rate': 'optimizer.lr',
  rate: 'optimizer.lr',
  batch: 'batch.size',
  'batch size': 'batch.size',
  momentum: 'optimizer.momentum',
  noise: 'dataset.noise',
  samples: 'dataset.samples',
  lambda: 'regulariser.strength',
  λ: 'regulariser.strength',
  steps: 'steps',
};

/** Everything that fits, best first. */
export function rowsFor(query: string, tank: Tank, presets: readonly PresetAnswer[]): Row[] {
  const text = query.trim().toLowerCase();
  const typed = [...settingRows(text, tank), ...jumpRows(text, tank)];
  const named = [
    ...nodeRows(tank),
    ...screenRows(),
    ...presetRows(tank, presets),
    ...fileRows(tank),
    ...actionRows(tank),
  ];
  return [...typed, ...ranked(named, text)].slice(0, MOST);
}

/** `eta 0.1`, `batch 64`, `optimizer adam`. */
function settingRows(text: string, tank: Tank): Row[] {
  const [, name = '', value = ''] = /^(.+?)[\s=]+(\S+)$/.exec(text) ?? [];
  const path = SYNONYMS[name] ?? (name.includes('.') ? name : null);
  const number = readNumber(value);
  if (path && number !== null) return [setRow(tank, path, number, `${name} = ${value}`)];
  return kindRows(name, value, tank);
}

/** Another learning rule or loss, by the beginning of its name. */
function kindRows(name: string, value: string, tank: Tank): Row[] {
  const section = name === 'loss' ? 'loss' : name.startsWith('opt') ? 'optimizer' : null;
  if (!section || !tank.catalogue) return [];
  const { losses, optimizers } = tank.catalogue;
  const entry = (section === 'loss' ? losses : optimizers).find((candidate) =>
    isLike(candidate, value),
  );
  return entry ? [setRow(tank, `${section}.kind`, entry.kind, `${section}: ${entry.title}`)] : [];
}

function setRow(tank: Tank, path: string, value: number | string, label: string): Row {
  return {
    group: 'set',
    label,
    hint: path,
    run: () => void tank.command({ kind: 'change', changes: { [path]: value } }),
  };
}

function isLike(entry: { kind: string; title: string }, text: string): boolean {
  return [entry.kind, entry.title].some((name) => name.toLowerCase().startsWith(text));
}

/** `@448` a step, `#95` an example, `epoch 3`. */
function jumpRows(text: string, tank: Tank): Row[] {
  const step = /^@(\d+)$/.exec(text)?.[1];
  const example = /^#(\d+)$/.exec(text)?.[1];
  if (step) {
    const to = Math.min(Number(step), tank.head);
    return [
      jump(say('palette.step', { step: to }), () => {
        tank.steering.go(to);
      }),
    ];
  }
  if (example && tank.sheets.examples.includes(Number(example))) {
    return [
      jump(say('palette.example', { id: Number(example) }), () => {
        tank.cursor.set({ example: Number(example) });
      }),
    ];
  }
  return [];
}

function jump(label: string, run: () => void): Row {
  return { group: 'jump', label, hint: '', run };
}

function nodeRows(tank: Tank): Row[] {
  return tank.stages.flatMap((stage) => [nodeRow(tank, stage, null), ...unitRows(tank, stage)]);
}

function unitRows(tank: Tank, stage: Stage): Row[] {
  const units = Math.min(unitsOf(stage.output), MOST_UNITS);
  return units > 1 ? Array.from({ length: units }, (_, unit) => nodeRow(tank, stage, unit)) : [];
}

function nodeRow(tank: Tank, stage: Stage, unit: number | null): Row {
  const node = joinNode(stage.path, unit);
  const name = titleOf(stage.path);
  return {
    group: 'go',
    label: unit === null ? name : say('palette.unit', { node: name, unit: unit + 1 }),
    hint: node,
    run: () => {
      tank.cursor.set({ node });
    },
  };
}

/** Screens beside the workbench. */
function screenRows(): Row[] {
  return ['models', 'runs', 'compare'].map((screen) => ({
    group: 'open',
    label: say(`palette.screen.${screen}`),
    hint: `/${screen}`,
    run: () => {
      location.assign(`/${screen}`);
    },
  }));
}

function presetRows(tank: Tank, presets: readonly PresetAnswer[]): Row[] {
  return presets
    .filter((preset) => preset.job)
    .map((preset) => ({
      group: 'open',
      label: preset.title,
      hint: String(preset.year),
      run: () => void tank.steering.openPreset(preset.id),
    }));
}

/** Files: open one, or take the run home as one. */
function fileRows(tank: Tank): Row[] {
  const home = EXPORTS.map((kind): Row => ({
    group: 'do',
    label: say('palette.home', { kind: say(`exchange.home.kind.${kind}`) }),
    hint: say(`exchange.home.ending.${kind}`),
    run: () => void tank.exchange.takeHome(kind),
  }));
  const open = (): void => {
    tank.sheets.open('exchange');
  };
  return [
    { group: 'open', label: say('palette.file'), hint: '.json .onnx .py', run: open },
    ...home,
  ];
}

function actionRows(tank: Tank): Row[] {
  const bindings = KEYMAP.filter(({ name, when }) => name !== 'palette' && when?.(tank) !== false);
  return bindings.map((binding) => ({
    group: 'do',
    label: say(`keys.do.${binding.name}`),
    hint: binding.shown,
    run: () => {
      binding.run(tank);
    },
  }));
}

/** Rows whose words begin with what was typed come first, then those that hold its letters in order. */
function ranked(rows: readonly Row[], text: string): Row[] {
  if (!text) return rows.filter((row) => row.group !== 'go').slice(0, MOST);
  return rows
    .map((row) => ({ row, score: score(`${row.label} ${row.hint}`.toLowerCase(), text) }))
    .filter(({ score: points }) => points > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ row }) => row);
}

/** 3: begins with it, 2: a word begins with it, 1: has its letters in order. */
export function score(label: string, text: string): number {
  if (label.startsWith(text)) return 3;
  if (label.split(/[\s.·_-]+/).some((word) => word.startsWith(text)) || label.includes(` ${text}`))
    return 2;
  let at = 0;
  for (const letter of label) if (letter === text[at]) at++;
  return at === text.length ? 1 : 0;
}
