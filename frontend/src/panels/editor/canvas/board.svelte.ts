/** The canvas as a thing: what is drawn where, what is chosen, what is folded, and which wire is being led. */

/* eslint-disable svelte/prefer-svelte-reactivity -- sets and maps here are replaced as a whole, never changed */

import { tick, untrack } from 'svelte';

import type { Spot } from '../../../graph/arrange';
import { diagramOf } from '../../../graph/diagram';
import type { Card, Diagram } from '../../../graph/diagram';
import { plainPath } from '../../../graph/findings';
import { keyOf, placedAtOnce } from '../../../graph/layout';
import type { Layout } from '../../../graph/layout';
import type { Verdict } from '../../../graph/verdict';
import { pause } from '../../../ui/pause';
import type { Graph, Inspection, LayerEntry, Problem } from '../../../wire/schema';
import type { Offers, Question } from './asked';
import { edgesOf, nodesOf, steadied } from './flow';
import type { CableEdge, CardNode } from './flow';
import { Grip } from '../../canvas/grip';
import { Tidier } from '../../canvas/tidy';
import { Turns } from '../../canvas/turns';

/** What the canvas edits. */
export interface Sheet {
  readonly graph: Graph;
  readonly judgement: Inspection | null;
  readonly problems: readonly Problem[];
  readonly before: Inspection | null;
  /** Path of the chosen part, which the whole page knows; null: none of the network. */
  readonly node: string | null;
  choose(path: string | null): void;
  change(label: string, graph: Graph): void;
  undo(): void;
  redo(): void;
}

/** A wire on its way: where it begins, and which ports can take it. */
export interface Aiming {
  from: Card;
  outlet: string;
  verdicts: ReadonlyMap<string, Verdict>;
}

/** So long is waited for a card that comes into view. */
const MOST_FRAMES = 60;

export class Board {
  readonly sheet: Sheet;
  readonly layers: ReadonlyMap<string, LayerEntry>;
  nodes = $state.raw<CardNode[]>([]);
  edges = $state.raw<CableEdge[]>([]);
  open = $state.raw<ReadonlySet<string>>(new Set());
  moved = $state.raw<ReadonlyMap<string, Spot>>(new Map());
  room = $state(0);
  /** Whether all is seen from too far away to be read. */
  isFar = $state(false);
  /** How often everything was put in its places; a drag of a card is none. */
  draws = $state(0);
  aiming = $state.raw<Aiming | null>(null);
  question = $state.raw<Question | null>(null);
  /** What is known of that; null: nothing yet. */
  offers = $state.raw<Offers | null>(null);
  /** The answer that is waited for, or the last one. */
  offered: Promise<Offers | null> = Promise.resolve(null);
  /** The sentence above the canvas; empty: how it is used. */
  said = $state('');
  /** The card that the keys speak to. */
  focused = $state<string | null>(null);
  #layout = $state.raw<Layout | null>(null);
  #key = '';
  #last: Diagram | null = null;
  /** The card that was gone to last: it is to be seen also once it has its place. */
  #wanted: string | null = null;
  readonly #tidier = new Tidier();
  readonly #grip = new Grip();
  /** When cards and wires that came into view are drawn in full. */
  readonly turns = new Turns();
  /** Brings a card into view; the canvas itself knows how. */
  reveal: (id: string) => void = () => undefined;

  readonly diagram = $derived.by((): Diagram => {
    const { graph, judgement, problems, before } = this.sheet;
    const inspection = judgement && { ...judgement, problems: [...problems] };
    const known = { graph, inspection, before, layers: this.layers, open: this.open };
    return (this.#last = steadied(diagramOf(known), this.#last));
  });
  readonly cards = $derived(new Map(this.diagram.cards.map((card) => [card.id, card])));
  readonly most = $derived(Math.max(1, ...this.diagram.cards.map(({ parameters }) => parameters)));
  readonly selected = $derived(
    this.nodes.filter(({ selected }) => selected).map((node) => node.data.card),
  );
  readonly chosen = $derived(this.selected.length === 1 ? (this.selected[0] ?? null) : null);
  readonly chosenWire = $derived(
    this.edges.filter(({ selected }) => selected).length === 1 && !this.selected.length
      ? (this.edges.find(({ selected }) => selected)?.data?.link ?? null)
      : null,
  );
  readonly isTidy = $derived(this.moved.size === 0);

  constructor(sheet: Sheet, layers: readonly LayerEntry[]) {
    this.sheet = sheet;
    this.layers = new Map(layers.map((entry) => [entry.kind, entry]));
    this.focused = plainPath(sheet.node ?? '') || null;
    $effect(() => {
      const { diagram, room } = this;
      if (room) untrack(() => void this.#arrange(diagram, room));
    });
    $effect(() => {
      const layout = this.#layout;
      if (layout) this.#draw(this.diagram, { layout, moved: this.moved });
    });
    $effect(() => {
      const { chosen } = this;
      const isPart =
        chosen?.sort === 'layer' || chosen?.sort === 'block' || chosen?.sort === 'frame';
      if (isPart)
        // The page follows in a frame of its own: dragging begins at once.
        return untrack(() =>
          this.turns.add(() => {
            this.#tell(chosen.id);
          }),
        );
      return undefined;
    });
    $effect(() => this.#grip.listen());
    $effect(() => () => {
      this.#tidier.close();
    });
  }

  /** How much room everything takes. */
  get bounds(): { width: number; height: number } {
    const roots = this.#layout ? this.diagram.cards.filter(({ level }) => !level) : [];
    const ends = roots.map(({ id }) => {
      const spot = this.moved.get(id) ?? this.#layout?.spots.get(id) ?? { x: 0, y: 0 };
      const size = this.#layout?.sizes.get(id) ?? { width: 0, height: 0 };
      return { x: spot.x + size.width, y: spot.y + size.height };
    });
    return {
      width: Math.max(1, ...ends.map(({ x }) => x)),
      height: Math.max(1, ...ends.map(({ y }) => y)),
    };
  }

  /** All cards of the canvas itself, as the overview draws them. */
  get boxes() {
    return this.nodes
      .filter(({ data }) => !data.card.level)
      .map(({ position, data, selected }) => ({
        ...position,
        ...data.size,
        chosen: selected ?? false,
      }));
  }

  /** Paths of the chosen layers and blocks, all of one level. */
  get chosenParts(): string[] {
    const parts = this.selected.filter(({ sort }) => sort !== 'input' && sort !== 'output');
    const [first] = parts;
    return parts.filter(({ level }) => level === first?.level).map(({ id }) => id);
  }

  card(id: string | null): Card | null {
    return this.cards.get(id ?? '') ?? null;
  }

  /** Go on with another document, where it is another one. */
  change(label: string, graph: Graph): void {
    this.said = '';
    if (graph !== this.sheet.graph) this.sheet.change(label, graph);
  }

  /** Choose cards, and no others. */
  choose(ids: readonly string[]): void {
    const wanted = new Set(ids);
    this.nodes = this.nodes.map((node) =>
      (node.selected ?? false) === wanted.has(node.id)
        ? node
        : { ...node, selected: wanted.has(node.id) },
    );
    this.edges = this.edges.map((edge) => (edge.selected ? { ...edge, selected: false } : edge));
    this.focused = ids.at(-1) ?? this.focused;
  }

  /** Choose a card and bring the keys to it. */
  async go(id: string, { keeps = false }: { keeps?: boolean } = {}): Promise<void> {
    const others = keeps ? this.selected.map((card) => card.id).filter((each) => each !== id) : [];
    await tick();
    this.choose([...others, id]);
    this.reveal(id);
    this.#wanted = id;
    await this.#focus(id);
  }

  /** Bring the focus to a card as soon as it is drawn: what was out of view comes a few frames later. */
  async #focus(id: string): Promise<void> {
    for (let frame = 0; frame < MOST_FRAMES && this.focused === id; frame++) {
      await tick();
      const face = faceOf(id);
      face?.focus({ preventScroll: true });
      if (face) return;
      await new Promise(requestAnimationFrame);
    }
  }

  /** Show the inside of a block, or fold it. */
  toggle(id: string): void {
    const card = this.card(id);
    if (card?.sort !== 'block' && card?.sort !== 'frame') return;
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    this.open = open;
    this.focused = id;
    void tick().then(() => faceOf(id)?.focus({ preventScroll: true }));
  }

  /** Remember where cards were put. */
  put(spots: Iterable<readonly [string, Spot]>): void {
    this.moved = new Map([...this.moved, ...spots]);
  }

  /** Let the layout decide on all places again. */
  tidy(): void {
    this.moved = new Map();
  }

  /** The card in which a new layer belongs: the open block that is chosen, or that of the chosen card. */
  get level(): string {
    const card = this.card(this.focused);
    if (!card) return '';
    return card.sort === 'frame' ? card.id : card.level;
  }

  /** Where something at a place on the canvas lies within a level. */
  spotIn(level: string, at: Spot): Spot {
    const frames = level.split('.').map((_, i, all) => all.slice(0, i + 1).join('.'));
    return frames.reduce((spot, id) => {
      const frame = level && this.nodes.find((node) => node.id === id);
      return frame ? { x: spot.x - frame.position.x, y: spot.y - frame.position.y } : spot;
    }, at);
  }

  async #arrange(diagram: Diagram, room: number): Promise<void> {
    const key = keyOf(diagram, room);
    if (key === this.#key) return;
    this.#key = key;
    // The canvas itself comes in a task of its own.
    if (!this.#layout) {
      this.#tidier.wake();
      await pause();
    }
    if (this.#key !== key) return;
    const remembered = this.#tidier.remembered(diagram, room);
    this.#layout = remembered ?? placedAtOnce(diagram, room, this.#layout);
    if (remembered) return;
    performance.mark('canvas-placed');
    await pause();
    const tidied = await this.#tidier.tidy(diagram, room);
    await this.#grip.free();
    performance.mark('canvas-tidied');
    if (this.#key !== key) return;
    this.#layout = tidied;
    await tick();
    const wanted = this.#wanted;
    if (wanted === null || wanted !== this.focused) return;
    this.reveal(wanted);
    // Where a card goes out of view, the browser drops its focus.
    if (document.activeElement === document.body) await this.#focus(wanted);
  }

  #tell(path: string): void {
    if (plainPath(this.sheet.node ?? '') !== path) this.sheet.choose(path);
  }

  #draw(diagram: Diagram, places: { layout: Layout; moved: ReadonlyMap<string, Spot> }): void {
    untrack(() => {
      this.nodes = nodesOf(diagram, places, this.nodes, this);
      this.edges = edgesOf(diagram, places, this.edges, this);
      this.draws++;
    });
  }
}

/** What of a card has the focus. */
function faceOf(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-face="${CSS.escape(id)}"]`);
}
