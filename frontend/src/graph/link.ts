/** One link of the chain from the loss back: an edge between two numbers, with all that the chain rule says of it. */

import type { Scalar, ScalarEdge, Scalars, ScalarStep } from '../wire/capture';
import { edgeId } from './scalars';
import type { Numbers, Reached } from './scalars';
import type { Turn } from './walk';

export interface Link {
  id: string;
  edge: ScalarEdge;
  from: Scalar;
  to: Scalar;
  /** The operation's inputs in its order, and which of them is `from`. */
  inputs: Scalar[];
  place: number;
}

/** Whether nothing flows back: what is read is a constant. */
export const isConstant = ({ slope }: ScalarEdge): boolean => slope === '';

/** A small network's parts by their ids. */
export class Net {
  readonly scalars: ReadonlyMap<string, Scalar>;
  readonly edges: ReadonlyMap<string, ScalarEdge>;
  readonly turns: readonly Turn[];
  readonly document: Scalars;

  constructor(document: Scalars) {
    this.document = document;
    this.scalars = new Map(document.scalars.map((scalar) => [scalar.id, scalar]));
    this.edges = new Map(document.edges.map((edge) => [edgeId(edge), edge]));
    this.turns = document.steps.map(({ phase, of, scalars }) => ({
      phase,
      node: this.scalars.get(of)?.node ?? '',
      of,
      ids: scalars,
    }));
  }

  /** The step after which a place is, counted as positions are. */
  stepAt(at: number | null): ScalarStep | undefined {
    return at ? this.document.steps[at - 1] : undefined;
  }

  /** Edges into a number, in the order of its operation. */
  into(id: string): ScalarEdge[] {
    const inputs = this.scalars.get(id)?.inputs ?? [];
    return inputs.flatMap((from) => this.edges.get(edgeId({ from, to: id })) ?? []);
  }

  /** The link at an edge, or at a number: how it comes about, or (of what is given) what it is for. */
  link(chosen: string): Link | null {
    const edge = this.edges.get(chosen) ?? this.#towards(chosen);
    const from = edge && this.scalars.get(edge.from);
    const to = edge && this.scalars.get(edge.to);
    if (!edge || !from || !to) return null;
    const inputs = to.inputs.flatMap((id) => this.scalars.get(id) ?? []);
    return { id: edgeId(edge), edge, from, to, inputs, place: to.inputs.indexOf(from.id) };
  }

  /** The link that a step is about: of all ways that a gradient is handed on, that of the most. */
  linkOf(step: ScalarStep | undefined, numbers: Numbers | null): Link | null {
    if (!step || step.phase === 'update') return null;
    const ways = this.into(step.of).filter((edge) => !isConstant(edge));
    const flow = (edge: ScalarEdge): number => Math.abs(numbers?.back.get(edgeId(edge)) ?? 0);
    if (step.phase === 'backward') ways.sort((a, b) => flow(b) - flow(a));
    return this.link(ways[0] ? edgeId(ways[0]) : step.of);
  }

  #towards(id: string): ScalarEdge | undefined {
    const into = this.into(id);
    return (
      into.find((edge) => !isConstant(edge)) ??
      into[0] ??
      this.document.edges.find(({ from }) => from === id)
    );
  }
}

/** What the chain rule says at a link: each number as far as it has been reached. */
export interface ChainRule {
  input: number | null;
  output: number | null;
  upstream: number | null;
  local: number | null;
  downstream: number | null;
}

export function chainRule({ id, from, to }: Link, numbers: Numbers, reached: Reached): ChainRule {
  const read = (map: ReadonlyMap<string, number>, key: string, isKnown: boolean): number | null =>
    isKnown ? (map.get(key) ?? null) : null;
  const isBack = reached.back.has(id);
  return {
    input: read(numbers.value, from.id, reached.values.has(from.id)),
    output: read(numbers.value, to.id, reached.values.has(to.id)),
    upstream: read(numbers.gradient, to.id, isBack),
    local: read(numbers.local, id, reached.values.has(to.id)),
    downstream: read(numbers.back, id, isBack),
  };
}
