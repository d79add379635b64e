/** The graph of single numbers as a thing: what is unfolded, where everything is drawn, what is chosen. */

/* eslint-disable svelte/prefer-svelte-reactivity -- sets here are replaced as a whole, never changed */

import { boundsOf, boxesOf, unitId } from '../../graph/boxes';
import type { Box } from '../../graph/boxes';
import { bracketsOf } from '../../graph/brackets';
import { chainOf } from '../../graph/chain';
import { isConstant } from '../../graph/link';
import { threadsOf } from '../../graph/threads';
import type { Thread } from '../../graph/threads';
import type { Tank } from '../../run/tank.svelte';
import type { Scalars } from '../../wire/capture';
import { Focus } from './focus.svelte';

/** Boxes are not drawn smaller than this just to have all of them in view. */
const READABLE = 0.85;
/** Air around the drawing, which has margins of its own. */
export const EDGE = 4;
/** With less room than this the words under a layer take a second line, which is so high. */
const ONE_LINE = 150;
const SECOND = 14;

export class NumberGraph {
  readonly tank: Tank;
  readonly focus: Focus;
  readonly document: Scalars;
  /** Of the place where it is drawn. */
  room = $state({ width: 0, height: 0 });
  /** Units that a person has folded or unfolded against the rule. */
  #turned = $state.raw<ReadonlySet<string>>(new Set());
  /** What the keys speak to: a box. */
  focused = $state<string | null>(null);
  /** The edge under the pointer. */
  hovered = $state<string | null>(null);

  constructor(tank: Tank, document: Scalars) {
    this.tank = tank;
    this.document = document;
    this.focus = new Focus(tank);
  }

  readonly #units = $derived.by(() => new Set(this.document.groups.map(unitId)));
  /** Whether everything fits: then all units are open to begin with. */
  readonly #fits = $derived.by(() => {
    const { width, height } = boundsOf(boxesOf(this.document, this.#units, this.#place));
    return width * READABLE <= this.#place.width && height * READABLE <= this.#place.height;
  });
  /** Units whose inside is drawn. */
  readonly open = $derived.by((): ReadonlySet<string> => {
    const open = new Set([...this.#units].filter((id) => this.#fits !== this.#turned.has(id)));
    for (const unit of this.#needed) open.add(unit);
    return open;
  });
  get #place(): { width: number; height: number } {
    return { width: this.room.width - 2 * EDGE, height: this.room.height - 2 * EDGE };
  }
  readonly boxes = $derived.by(() => boxesOf(this.document, this.open, this.#place));
  readonly known = $derived(new Map(this.boxes.map((box) => [box.id, box])));
  readonly threads = $derived.by(() => threadsOf(this.document, this.boxes));
  readonly brackets = $derived.by(() =>
    bracketsOf(this.document, this.boxes).map((bracket) => ({
      ...bracket,
      isTwoLined: bracket.node !== '' && bracket.room < ONE_LINE,
    })),
  );
  readonly bounds = $derived.by(() => {
    const { width, height } = boundsOf(this.boxes);
    const second = this.brackets.some(({ isTwoLined }) => isTwoLined) ? SECOND : 0;
    return { width, height: height + second, foot: height };
  });
  /** The greatest amounts, for the bars in the boxes and the width of edges. */
  readonly most = $derived.by(() => {
    const { value, gradient } = this.focus.numbers ?? {};
    const reach = (all: ReadonlyMap<string, number> | undefined, ids: readonly string[]): number =>
      Math.max(1e-12, ...ids.map((id) => Math.abs(all?.get(id) ?? 0)).filter(Number.isFinite));
    const ids = this.document.scalars.map(({ id }) => id);
    return {
      value: reach(value, ids),
      gradient: reach(
        gradient,
        this.document.scalars
          .filter(({ role, id }) => role !== 'target' && id !== this.document.loss)
          .map(({ id }) => id),
      ),
    };
  });
  /** The box that the last operation was about. */
  readonly active = $derived.by(() => (this.#stepOf === '' ? null : this.#stepOf));
  /** The edge that is looked at. */
  readonly link = $derived.by(() =>
    this.tank.backprop.chosen || this.active ? (this.focus.link?.id ?? null) : null,
  );
  /** The edges from the loss back to what is chosen. */
  readonly chain = $derived.by(() => {
    const { chosen } = this.tank.backprop;
    const { numbers } = this.focus;
    return chosen && numbers ? chainOf(this.document, numbers, chosen) : [];
  });
  /** Edges whose product is written beside them. */
  readonly told = $derived.by((): Thread[] => {
    const back = this.focus.reached?.back;
    const isTold = ({ id, edge }: Thread): boolean =>
      !isConstant(edge) &&
      (back?.has(id) ?? false) &&
      (id === this.link || id === this.hovered || (this.#isBackward && edge.to === this.active));
    return this.threads.filter(isTold);
  });

  get #stepOf(): string {
    return this.focus.step?.of ?? '';
  }

  get #isBackward(): boolean {
    return this.focus.step?.phase === 'backward';
  }

  /** Units that have to be open, as something inside is looked at. */
  get #needed(): string[] {
    const { chosen } = this.tank.backprop;
    const ends = [this.focus.step?.of, ...(chosen ?? '').split('>')];
    return this.document.groups
      .filter(({ scalars, output }) =>
        ends.some((id) => id && id !== output && scalars.includes(id)),
      )
      .filter(
        ({ scalars }) => !isFromOutside(chosen, scalars) || scalars.includes(this.active ?? ''),
      )
      .map(unitId);
  }

  box(id: string | null): Box | undefined {
    return this.known.get(id ?? '');
  }

  choose(id: string | null): void {
    this.tank.backprop.choose(id);
    if (id && this.known.has(id)) this.focused = id;
  }

  /** Fold or unfold the unit that a box belongs to. */
  toggle(id: string): void {
    const unit = this.known.get(id)?.unit;
    if (!unit) return;
    const turned = new Set(this.#turned);
    if (!turned.delete(unit)) turned.add(unit);
    this.#turned = turned;
    const output = this.document.groups.find((group) => unitId(group) === unit)?.output ?? id;
    if (this.open.has(unit)) return;
    // What is folded cannot be looked at any more: what stands for it can.
    if (this.tank.backprop.chosen) this.tank.backprop.choose(output);
    this.focused = output;
  }

  /** The next edge into a box, round and round. */
  turn(id: string): void {
    const into = this.threads.filter(({ to }) => to.id === id);
    const at = into.findIndex((thread) => thread.id === this.tank.backprop.chosen);
    const next = into[(at + 1) % Math.max(1, into.length)];
    if (next) this.tank.backprop.choose(next.id);
  }
}

/** Whether an edge comes into a unit from outside: it is seen with the unit folded, too. */
function isFromOutside(chosen: string | null, inside: readonly string[]): boolean {
  const [from = '', to] = (chosen ?? '').split('>');
  return to !== undefined && !inside.includes(from);
}
