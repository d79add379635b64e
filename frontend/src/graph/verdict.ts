/** Whether a port can take what flows out of another one: circles here, all else as the server judges a trial network. */

import type { Graph, Inspection, Node, TensorSpec } from '../wire/schema';
import type { Card, Diagram, Link, Port } from './diagram';
import { partAt } from './edit';
import type { End } from './edit';
import { canConnect } from './joints';
import { apart } from './parts';
import { isMemoryEnd, MASK, MEMORY } from './plug';

/** Graphs have at most so many inputs. */
const MOST_INPUTS = 16;

/** A port that a wire could lead to. */
export interface Aim {
  card: Card;
  port: Port;
  end: End;
}

/** Why a port cannot take it; null: it can. */
export type Verdict = { reason: 'circle' | 'same' } | { reason: 'misfit'; sentence: string } | null;

export const aimKey = (card: string, port: string | number): string => `${card}@${port}`;

/** All ports of a card's level, but its own. */
export function aimsFrom({ cards }: Diagram, from: Card): Aim[] {
  return cards
    .filter((card) => card.level === from.level && card.id !== from.id)
    .flatMap((card) =>
      card.ports.map((port) => ({
        card,
        port,
        end: {
          scope: card.level,
          part: card.sort === 'output' ? null : apart(card.id).id,
          port: port.port,
        },
      })),
    );
}

/** What can be said at once: circles, and where it leads already. */
export function plainVerdicts(
  graph: Graph,
  aims: readonly Aim[],
  source: string,
): Map<string, Verdict> {
  return new Map(
    aims.map(({ card, port, end }) => {
      const verdict: Verdict = !canConnect(graph, source, end)
        ? { reason: 'circle' }
        : port.source === source
          ? { reason: 'same' }
          : null;
      return [aimKey(card.id, port.port), verdict];
    }),
  );
}

/** A network that puts one question for each aim: the layer there, fed by what would be new and what it has. */
export interface Trial {
  graph: Graph;
  /** By the ids of its nodes, which aim each asks about. */
  asks: Map<string, Aim>;
}

/** Ask about all aims of layers in one network; null where nothing is to be asked. */
export function trialOf(
  graph: Graph,
  { links }: Diagram,
  aims: readonly Aim[],
  spec: TensorSpec,
): Trial | null {
  const inputs = new Map<string, TensorSpec>([[textOf(spec), spec]]);
  const names = new Map<string, string>([[textOf(spec), 'given0']]);
  const nodes: Node[] = [];
  const asks = new Map<string, Aim>();
  const nameFor = (known: TensorSpec): string | null => {
    const text = textOf(known);
    if (!names.has(text) && inputs.size >= MOST_INPUTS) return null;
    if (!names.has(text)) names.set(text, `given${names.size}`);
    inputs.set(text, known);
    return names.get(text) ?? null;
  };
  for (const aim of aims) {
    const part = partAt(graph, aim.card.id);
    if (!part || 'block' in part) continue;
    const fed = fedBy(aim, links, nameFor, isMemoryEnd(graph, aim.end));
    if (!fed) continue;
    const id = `ask${nodes.length}`;
    nodes.push({ id, layer: part.layer, inputs: fed });
    asks.set(id, aim);
  }
  if (!nodes.length) return null;
  const given = [...inputs].map(([text, each]) => [names.get(text) ?? '', each] as const);
  const trial = { version: 1, inputs: Object.fromEntries(given), nodes, outputs: {}, tied: [] };
  return { graph: { ...trial, outputs: { y: 'ask0' } } as Graph, asks };
}

/** What would feed a layer: the new wire, and the others as they are; null where one of those is unknown. */
function fedBy(
  { card, port }: Aim,
  links: readonly Link[],
  nameFor: (spec: TensorSpec) => string | null,
  isMemory: boolean,
): Node['inputs'] | null {
  const fed: [string | number, string][] = [];
  // What attention looks at is led to key and value at once, and the mask is changed with it.
  const isLed = (each: Port): boolean =>
    each.port === port.port || (isMemory && MEMORY.has(each.port));
  for (const each of card.ports.filter(({ label }) => !isMemory || label !== MASK)) {
    if (isLed(each)) {
      fed.push([each.port, 'given0']);
      continue;
    }
    const link = links.find(({ to, end }) => to === card.id && end.port === each.port);
    if (!link) continue;
    const name = link.spec && nameFor(link.spec);
    if (!name) return null;
    fed.push([each.port, name]);
  }
  const isList = fed.every(([at], i) => at === i);
  return isList ? fed.map(([, name]) => name) : Object.fromEntries(fed);
}

/**
 * Read the answers. A misfit that a press repairs, or one of sizes beside other inputs, is no reason to refuse: it can be
 * mended once the wire is there. Another number of axes or kind of numbers is.
 */
export function misfits(
  { asks }: Trial,
  answer: Inspection,
  spec: TensorSpec,
): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const { node, message, severity, remedy } of answer.problems) {
    const aim = asks.get(node);
    if (!aim || severity !== 'error' || remedy || isOpen(message)) continue;
    const others = answer.nodes.find(({ path }) => path === node)?.inputs ?? [];
    const isAlike = others.length > 1 && others.every((wire) => isLike(wire.spec ?? null, spec));
    if (!isAlike)
      verdicts.set(aimKey(aim.card.id, aim.port.port), { reason: 'misfit', sentence: message });
  }
  return verdicts;
}

/** Another port that is still open is no misfit of this one. */
const isOpen = (message: string): boolean => message.endsWith('is not connected.');

function isLike(one: TensorSpec | null, other: TensorSpec): boolean {
  return one?.shape.length === other.shape.length && one.dtype === other.dtype;
}

const textOf = ({ axes, shape, dtype }: TensorSpec): string => [...axes, ...shape, dtype].join();
