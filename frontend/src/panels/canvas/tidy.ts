/** Tidying by ELK in a worker of its own: fewer crossings and straighter wires than what is placed at once. */

import ELK from 'elkjs/lib/elk-api.js';
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import worker from 'elkjs/lib/elk-worker.min.js?url';

import { ACROSS, DOWN, settled } from '../../graph/arrange';
import type { Arrangement, Level, Spot, Tie } from '../../graph/arrange';
import { Assembly, keyOf, levelOf, levelsOf } from '../../graph/layout';
import type { Layout, Plan } from '../../graph/layout';

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.spacing.nodeNode': String(DOWN),
  'elk.layered.spacing.nodeNodeBetweenLayers': String(ACROSS),
  'elk.layered.spacing.edgeNodeBetweenLayers': '20',
  'elk.spacing.edgeNode': '22',
  'elk.spacing.edgeEdge': '14',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};
/** So many layouts are remembered. */
const REMEMBERED = 40;

/** Tidies diagrams; the worker begins with the first and ends with `close`. */
export class Tidier {
  readonly #known = new Map<string, Layout>();
  #elk: InstanceType<typeof ELK> | null = null;

  /** Let the worker begin: it is soon to be asked. */
  wake(): InstanceType<typeof ELK> {
    return (this.#elk ??= new ELK({
      workerFactory: () => new Worker(POLICY?.createScriptURL(worker) ?? worker),
    }));
  }

  /** A layout that is known from before. */
  remembered(diagram: Plan, room: number): Layout | null {
    return this.#known.get(keyOf(diagram, room)) ?? null;
  }

  /** Arrange the whole diagram. */
  async tidy(diagram: Plan, room: number): Promise<Layout> {
    const key = keyOf(diagram, room);
    const assembly = new Assembly(diagram, room);
    for (const level of levelsOf(diagram)) {
      const boxes = levelOf(diagram, level, assembly.sizes);
      assembly.add(level, boxes, await this.#arrange(boxes));
    }
    const [oldest] = this.#known.keys();
    if (this.#known.size >= REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, assembly.layout);
    return assembly.layout;
  }

  close(): void {
    this.#elk?.terminateWorker();
    this.#elk = null;
  }

  async #arrange(level: Level): Promise<Arrangement> {
    const answer = await this.wake().layout(asked(level));
    const spots = new Map(
      (answer.children ?? []).map(({ id, x = 0, y = 0 }) => [id, { x, y }] as const),
    );
    const bends = new Map<string, Spot[]>();
    for (const { id, sections } of answer.edges ?? []) {
      const corners = sections?.flatMap(({ bendPoints }) => bendPoints ?? []) ?? [];
      if (corners.length) bends.set(id, corners);
    }
    return settled({ spots, bends, width: 0, height: 0 }, level);
  }
}

/** A level as ELK wants it: ports stay where the cards have them. */
function asked({ boxes, ties }: Level): ElkNode {
  const ports = new Map<string, ElkNode['ports']>(boxes.map(({ id }) => [id, []]));
  const right = new Map(boxes.map(({ id, width }) => [id, width]));
  const port = (tie: Tie, side: 'from' | 'to'): string => {
    const id = `${tie.id}|${side}`;
    const [box, x, y] =
      side === 'from' ? [tie.from, right.get(tie.from) ?? 0, tie.leaves] : [tie.to, 0, tie.arrives];
    ports.get(box)?.push({
      id,
      x,
      y,
      width: 0,
      height: 0,
      layoutOptions: { 'elk.port.side': side === 'from' ? 'EAST' : 'WEST' },
    });
    return id;
  };
  const edges = ties.map((tie) => ({
    id: tie.id,
    sources: [port(tie, 'from')],
    targets: [port(tie, 'to')],
  }));
  return {
    id: 'level',
    layoutOptions: OPTIONS,
    children: boxes.map((box) => ({
      ...box,
      ports: ports.get(box.id) ?? [],
      layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
    })),
    edges,
  };
}

/** Of the browser's trusted types, which TypeScript does not know yet: what is used here. A trusted address acts as a text. */
interface Policies {
  createPolicy: (name: string, rules: Policy) => Policy;
}
interface Policy {
  createScriptURL: (address: string) => string;
}

/** Where the browser asks for it, scripts are taken from this address only. */
const POLICY = (globalThis as { trustedTypes?: Policies }).trustedTypes?.createPolicy(
  'neurarium-worker',
  { createScriptURL: (address) => (address === worker ? address : '') },
);
