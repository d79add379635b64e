/** The graph of tensors as a thing: what is unfolded, where everything is drawn, what is chosen, what of it is asked for. */

/* eslint-disable svelte/prefer-svelte-reactivity -- sets and maps here are replaced as a whole, never changed */

import { tick, untrack } from 'svelte';

import { Atlas } from '../../graph/capture';
import type { Found } from '../../graph/capture';
import { Assembly, keyOf } from '../../graph/layout';
import type { Arrangements } from '../../graph/layout';
import type { Cable, TracedCard } from '../../graph/traced';
import { traced } from '../../graph/tracing';
import { meets } from '../../graph/view';
import type { View } from '../../graph/view';
import type { Tank } from '../../run/tank.svelte';
import { pause } from '../../ui/pause';
import type { Capture } from '../../wire/capture';
import { Grip } from '../canvas/grip';
import { Tidier } from '../canvas/tidy';
import { Turns } from '../canvas/turns';
import { NOTHING, lineOf, placesOf } from './lines';
import type { Drawn, Line } from './lines';

/** So many values are asked for in full at once; the server takes no more. */
const MOST_VALUES = 32;
/** So long is waited for a card that comes into view. */
const MOST_FRAMES = 60;

export class TensorGraph {
  readonly tank: Tank;
  readonly capture: Capture;
  readonly atlas: Atlas;
  readonly turns = new Turns();
  /** How wide the drawing may be before it is wrapped. */
  room = $state(0);
  open = $state.raw<ReadonlySet<string>>(new Set());
  /** The card that the keys speak to. */
  focused = $state<string | null>(null);
  isFinding = $state(false);
  /** Whether all but the way through the chosen card is faint. */
  isAlone = $state(false);
  #drawn = $state.raw<Drawn>(NOTHING);
  #key = '';
  /** Ends once what is open is also drawn so. */
  #drawing = Promise.resolve();
  readonly #tidier = new Tidier();
  readonly #grip = new Grip();
  /** Arrangements of levels that were made at once: what has not changed is not arranged again. */
  readonly #arrangements: Arrangements = new Map();
  /** Brings a part of the canvas into view; the canvas itself knows how. */
  reveal: (box: View) => void = () => undefined;

  readonly tracing = $derived(this.#drawn.tracing);
  readonly #cards = $derived(new Map(this.tracing.cards.map((card) => [card.id, card])));
  /** The cables by the card that they leave. */
  readonly leaving = $derived.by((): ReadonlyMap<string, readonly Cable[]> => {
    const leaving = new Map<string, Cable[]>();
    for (const cable of this.tracing.links) {
      const known = leaving.get(cable.from);
      if (known) known.push(cable);
      else leaving.set(cable.from, [cable]);
    }
    return leaving;
  });
  readonly places = $derived(placesOf(this.#drawn));
  /** Cables in their places, as far as they were looked at. */
  readonly #lines = $derived({ places: this.places, known: new Map<string, Line>() });
  /** Cards of the canvas and of folds, outermost first. */
  readonly shown = $derived([...this.places.values()]);
  readonly bounds = $derived.by(() => {
    const roots = this.shown.filter(({ card }) => !card.level);
    return {
      width: Math.max(1, ...roots.map(({ x, width }) => x + width)),
      height: Math.max(1, ...roots.map(({ y, height }) => y + height)),
    };
  });
  /** The card at the cursor: that of the chosen operation or value, or of the chosen node. */
  readonly chosen = $derived.by((): string | null => {
    const { chosen } = this.tank.backprop;
    if (chosen !== null) return this.#seenAs(chosen);
    const { node } = this.tank.cursor;
    return node !== null && this.#cards.has(node) ? node : null;
  });
  /** Operations on the way through what is chosen; null: all are alike. */
  readonly alone = $derived.by((): ReadonlySet<string> | null => {
    const card = this.isAlone ? this.focusedCard : null;
    if (!card) return null;
    const own = this.#operationsOf(card);
    return own.length ? this.atlas.pathOf(own) : null;
  });
  /** Cards on this way. */
  readonly lit = $derived.by((): ReadonlySet<string> | null => {
    const { alone } = this;
    if (!alone) return null;
    const lit = new Set<string>();
    for (const id of alone) for (const stop of this.#stops(id)) lit.add(stop);
    return lit;
  });

  constructor(tank: Tank, capture: Capture) {
    this.tank = tank;
    this.capture = capture;
    this.atlas = new Atlas(capture);
    $effect(() => {
      const { open, room } = this;
      if (room) this.#drawing = untrack(() => this.#draw(open, room));
    });
    $effect(() => {
      const { chosen } = this.tank.backprop;
      if (chosen === null) return;
      untrack(() => {
        this.unfoldTo(chosen);
      });
    });
    $effect(() => this.#grip.listen());
    $effect(() => () => {
      this.room = 0;
      this.#tidier.close();
    });
  }

  get focusedCard(): TracedCard | null {
    return this.#cards.get(this.focused ?? this.chosen ?? '') ?? null;
  }

  card(id: string): TracedCard | undefined {
    return this.#cards.get(id);
  }

  /** Choose a card: a fold is a node of the network, all else a part of the captured step. */
  choose(id: string): void {
    const card = this.#cards.get(id);
    if (!card) return;
    this.focused = id;
    const isFold = card.sort === 'fold' || card.sort === 'frame';
    const node = isFold && !id.startsWith('~') ? { node: id } : {};
    this.tank.cursor.set({ ...node, op: isFold ? null : card.of });
  }

  /** Show the inside of a fold, or fold it. */
  toggle(id: string): void {
    const card = this.#cards.get(id);
    if (card?.sort !== 'fold' && card?.sort !== 'frame') return;
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    this.open = open;
    this.focused = id;
    void this.go(id, { chooses: false });
  }

  /** Fold the fold around the card that the keys speak to. */
  leave(): void {
    const level = this.focusedCard?.level;
    if (level) this.toggle(level);
  }

  /** Open all folds around something. */
  unfoldTo(id: string): void {
    const item = this.atlas.sourceOf(id);
    const line = item ? this.atlas.lineOf(item.home) : [];
    if (line.some((path) => !this.open.has(path))) this.open = new Set([...this.open, ...line]);
  }

  /** Go to what was found. */
  async find({ id, sort, home }: Found): Promise<void> {
    this.open = new Set([...this.open, ...this.atlas.lineOf(home)]);
    await tick();
    await this.go(sort === 'fold' ? id : sort === 'operation' ? `#${id}` : `$${id}`);
  }

  /** Bring the keys to a card, and choose it. */
  async go(id: string, { chooses = true }: { chooses?: boolean } = {}): Promise<void> {
    await this.#settled();
    if (chooses) this.choose(id);
    this.focused = id;
    const place = this.places.get(id);
    if (place) this.reveal(place.card.sort === 'frame' ? { ...place, height: 44 } : place);
    // What was out of view comes a few frames later.
    for (let frame = 0; frame < MOST_FRAMES && this.focused === id; frame++) {
      const face = document.querySelector<HTMLElement>(`[data-face="${CSS.escape(id)}"]`);
      face?.focus({ preventScroll: true });
      if (face) return;
      await new Promise(requestAnimationFrame);
    }
  }

  /** The ids of all cards that a view needs. */
  inView(view: View): Set<string> {
    const wanted = new Set<string>();
    for (const place of this.places.values())
      if (place.card.id === this.focused || meets(view, place)) wanted.add(place.card.id);
    return wanted;
  }

  /** The cables that cross a view, in their places. */
  linesIn(view: View): Line[] {
    return this.tracing.links.flatMap((cable) => {
      const line = this.#line(cable);
      return line && meets(view, line.box) ? [line] : [];
    });
  }

  /** What of the cards in view is asked for in full: values, and their gradients; what is chosen comes first. */
  valuesOf(ids: ReadonlySet<string>): string[] {
    const cards = [...ids].flatMap((id) => this.#cards.get(id) ?? []);
    cards.sort((a, b) => Number(b.id === this.chosen) - Number(a.id === this.chosen));
    const wanted = new Set<string>();
    for (const { value, sort } of cards) {
      const known = this.atlas.values.get(value);
      if (!known || sort === 'frame') continue;
      wanted.add(value);
      if (known.gradient) wanted.add(known.gradient);
    }
    return [...wanted].slice(0, MOST_VALUES).sort();
  }

  /** A cable in its place; the very same as long as that is. */
  #line(cable: Cable): Line | null {
    const { places, known } = this.#lines;
    const before = known.get(cable.id);
    if (before) return before;
    const [from, to] = [places.get(cable.from), places.get(cable.to)];
    if (!from || !to) return null;
    const line = lineOf(cable, from, to, this.#drawn.layout?.bends.get(cable.id) ?? []);
    known.set(cable.id, line);
    return line;
  }

  /** Draw with these folds open: followed, arranged and shown in a task each, so that nothing else waits for all of it. */
  async #draw(open: ReadonlySet<string>, room: number): Promise<void> {
    const isNews = (): boolean => this.open === open && this.room === room;
    await pause();
    if (!isNews()) return;
    const tracing = traced(this.atlas, open);
    const key = keyOf(tracing, room);
    if (key === this.#key) return;
    await pause();
    if (!isNews()) return;
    const remembered = this.#tidier.remembered(tracing, room);
    const layout = remembered ?? new Assembly(tracing, room).atOnce(this.#arrangements);
    await pause();
    if (!isNews()) return;
    this.#key = key;
    this.#drawn = { open, tracing, layout };
    if (!remembered) void this.#tidy(key, room);
  }

  /** Wait until what is open is drawn so. */
  async #settled(): Promise<void> {
    await tick();
    for (let last; last !== this.#drawing;) await (last = this.#drawing);
  }

  async #tidy(key: string, room: number): Promise<void> {
    performance.mark('backprop-placed');
    const { open, tracing } = this.#drawn;
    const tidied = await this.#tidier.tidy(tracing, room);
    await this.#grip.free();
    if (this.#key !== key) return;
    performance.mark('backprop-tidied');
    this.#drawn = { open, tracing, layout: tidied };
    await tick();
    const place = this.focused === null ? undefined : this.places.get(this.focused);
    if (place && document.activeElement?.closest('[data-tensors]'))
      this.reveal(place.card.sort === 'frame' ? { ...place, height: 44 } : place);
  }

  #operationsOf({ id, of, sort }: TracedCard): string[] {
    if (sort === 'fold' || sort === 'frame') return this.atlas.within(id).map((each) => each.id);
    if (this.atlas.operations.has(of)) return [of];
    return (this.atlas.readers.get(of) ?? []).map((each) => each.id);
  }

  /** The cards that an operation is seen as, outermost first. */
  #stops(id: string): string[] {
    const operation = this.atlas.operations.get(id);
    if (!operation) return [];
    const line = this.atlas.lineOf(this.atlas.homeOf(operation));
    const closed = line.findIndex((path) => !this.#drawn.open.has(path));
    return closed < 0 ? [...line, `#${id}`] : line.slice(0, closed + 1);
  }

  #seenAs(id: string): string | null {
    if (this.atlas.operations.has(id)) return this.#stops(id).at(-1) ?? null;
    const maker = this.atlas.maker.get(id);
    if (maker) return this.#stops(maker.id).at(-1) ?? null;
    return this.#cards.has(`$${id}`) ? `$${id}` : null;
  }
}
