/** What stages, units and features are called. */

import type { Choice } from '../../graph/choice';
import { joinNode } from '../../graph/cursor';
import type { Wording } from '../../graph/headings';
import { layerAt, windowOf } from '../../graph/layer';
import { imageOf } from '../../graph/portrait';
import { readsOf } from '../../graph/spine';
import type { Box, Group } from '../../graph/spine';
import { filtersOf, titleOf, unitsOf } from '../../graph/stages';
import type { Entrance, Stage } from '../../graph/stages';
import { has, say } from '../../messages/say';
import type { Graph } from '../../wire/schema';

/** An activation or layer by its kind: `tanh`. */
export function kindName(kind: string): string {
  const key = `network.kind.${kind}`;
  return has(key) ? say(key) : kind;
}

/** The same in as few letters as a heading has room for. */
function shortName(kind: string): string {
  const key = `network.short.${kind}`;
  return has(key) ? say(key) : kindName(kind);
}

/** A feature of the plane: `x₁²`. */
export function featureName(name: string): string {
  const key = `network.feature.${name}`;
  return has(key) ? say(key) : name;
}

/** A unit as people say it: `hidden 2 · unit 3`, `conv 2 · map 7`, `output` where there is only one. */
export function unitName(stage: Stage, unit: number): string {
  const title = titleOf(stage.path);
  const key = stage.output?.axes[0] === 'C' ? 'network.map' : 'network.unit';
  return unitsOf(stage.output) > 1 ? say(key, { stage: title, unit: unit + 1 }) : title;
}

/** What is chosen, down to its cell: `conv 2 · map 7 · cell (4, 5)`. */
export function choiceName({ stage, unit, cell }: Choice): string {
  const name = unitName(stage, unit);
  if (!cell) return name;
  return say('network.cell', { unit: name, row: cell.row + 1, column: cell.column + 1 });
}

/** What a number that flows in is called, as the service names it: a feature, or `hidden1.0` counted from 0. */
export function sourceName(name: string, short = false): string {
  const match = /^(.+)\.(\d+)$/.exec(name);
  if (!match) return featureName(name);
  const [, path = '', unit = ''] = match;
  const number = Number(unit) + 1;
  return short
    ? say('network.source', { unit: number })
    : say('network.unit', { stage: titleOf(path), unit: number });
}

/** The name under which a unit stands in the address. */
export function addressOf(path: string, unit: number | null): string {
  return joinNode(path, unit ?? 0);
}

/** What a portrait is found by: its unit's address, or the path of a picture of many units. */
export function keyOf(box: Box): string {
  return box.unit === null ? box.path : addressOf(box.path, box.unit);
}

/** What a column can be called: its name, and what it is, the longest way of saying it first. */
export function wordsOf(
  group: Group,
  stage: Stage | undefined,
  facts: Facts,
): Pick<Wording, 'title' | 'kinds' | 'family'> {
  if (!stage) return { ...entrance(group, facts), family: '' };
  const title = titleOf(stage.path);
  return {
    title: stage.repeat > 1 ? say('network.repeated', { title, count: stage.repeat }) : title,
    kinds: [...new Set(kindsOf(group, stage, facts))],
    family: `${stage.kind} ${stage.activations.join()}`,
  };
}

/** What is known of a network's columns, for their headings. */
export interface Facts {
  graph: Pick<Graph, 'nodes'>;
  /** Whether gradients are shown. */
  back: boolean;
  /** How many inputs there are; of features, how many are used, and how many there could be. */
  inputs: number;
  used: number;
  known: number;
}

function kindsOf(group: Group, stage: Stage, { graph, back }: Facts): string[] {
  if (group.portrait.kind === 'chances')
    return back
      ? [say('network.chances.slope')]
      : [say('network.chances.long'), say('network.chances.short')];
  const bends = stage.activations.map(kindName).join(', ');
  const window = windowOf(layerAt(graph, stage.path));
  const axis = stage.output?.axes[0] ?? '';
  const count = unitsOf(stage.output);
  const sees = filtersOf(stage) !== null;
  if (window !== null) {
    const values = { count, window, name: shortName(stage.kind), sees: sees ? 'yes' : 'no' };
    const plain = say('network.window', values);
    return [bends ? say('network.bent', { plain, bends }) : plain, plain, window];
  }
  const parts = [stage.kind, ...stage.activations].filter((kind) => kind !== 'Linear');
  const names = parts.map(kindName).join(', ');
  if (!UNITS[axis]) return [names, kindName(stage.kind)];
  const named = (names: string): string =>
    say(UNITS[axis] ?? '', { count, names, named: names ? 'yes' : 'no' });
  return [named(names), named(''), String(count)];
}

const UNITS: Record<string, string> = { C: 'network.maps', D: 'network.units', K: 'network.units' };

function entrance(group: Group, { inputs, used, known }: Facts) {
  if (known)
    return { title: say('network.features'), kinds: [say('network.used', { used, known })] };
  const title = inputs > 1 ? titleOf(group.path) : say('network.input');
  const { kind, rows, columns, count } = group.portrait;
  if (kind === 'words') return { title, kinds: [say('network.places', { count: rows })] };
  if (kind === 'tile')
    return { title, kinds: [say('network.pixels', { rows, columns }), `${rows}×${columns}`] };
  return { title, kinds: [say('network.numbers', { count: count === 1 ? rows : count })] };
}

/** A wire by its ends: `hidden 1 · unit 3 → hidden 2 · unit 2`. */
export function wireName(
  {
    from,
    to,
    row,
    column,
  }: { from: string; to: string; row: number | null; column: number | null },
  stages: readonly Stage[],
): string {
  const name = (path: string, unit: number | null): string => {
    const stage = stages.find((each) => each.path === path);
    if (stage) return unitName(stage, unit ?? 0);
    return say('network.given', { name: titleOf(path), unit: (unit ?? 0) + 1 });
  };
  return `${name(from, column)} → ${name(to, row)}`;
}

/** What is known of a network, for the names of what flows in. */
export interface Known {
  stages: readonly Stage[];
  entrances: readonly Entrance[];
  /** Features that the network is told, in order. */
  features: readonly string[];
}

/** What an input of a stage is called: a feature, a pixel, or a unit of the stage before. */
export function inputName(stage: Stage, index: number, known: Known): string {
  const image = imageOf(readsOf(stage, known));
  if (image) return pixelName(index, image.columns);
  const isGiven = !known.stages.some(({ path }) => path === stage.sources[0]);
  const feature = isGiven ? known.features[index] : undefined;
  return feature === undefined ? say('network.source', { unit: index + 1 }) : featureName(feature);
}

/** A pixel by its row and column, counted from 1. */
export function pixelName(index: number, columns: number): string {
  return say('network.pixel', {
    row: Math.floor(index / columns) + 1,
    column: (index % columns) + 1,
  });
}
