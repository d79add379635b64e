/** What of the editor's canvas is drawn, as the canvas library takes it. */

import type { View } from '../../../graph/view';
import { Gradual } from '../../canvas/gradual.svelte';
import type { Board } from './board.svelte';
import { namedEdge } from './flow';
import type { CableEdge, CardNode } from './flow';
import { crossing, fieldOf, inView } from './view';

/** A wire is a small thing of its own here, not a mere line. */
const PACE = { fewest: 2, most: 8 };
const NONE: ReadonlySet<string> = new Set();

export class Scene {
  readonly #board: Board;
  readonly #drawn: Gradual;
  /** Wires; from far away none, as then they are lines. */
  readonly #wired: Gradual;
  readonly #field = $derived.by(() => fieldOf(this.#board.nodes, this.#board.edges));

  readonly nodes = $derived.by((): CardNode[] =>
    this.#board.nodes.filter(({ id }) => this.#drawn.ids.has(id)),
  );
  readonly edges = $derived.by((): CableEdge[] =>
    this.#board.edges
      .filter(
        ({ id, source, target }) =>
          this.#wired.ids.has(id) && this.#drawn.ids.has(source) && this.#drawn.ids.has(target),
      )
      .map(namedEdge),
  );

  constructor(board: Board) {
    this.#board = board;
    this.#drawn = new Gradual((view) => inView(this.#field, board.focused, view));
    this.#wired = new Gradual((view) => (board.isFar ? NONE : crossing(this.#field, view)), PACE);
  }

  /** What the canvas library has changed: where a card is dragged to, whether it is chosen. */
  readonly takeNodes = (changed: readonly CardNode[]): void => {
    this.#board.nodes = merged(this.#board.nodes, changed);
  };

  readonly takeEdges = (changed: readonly CableEdge[]): void => {
    this.#board.edges = merged(this.#board.edges, changed);
  };

  /** Draw another part of the canvas, or the same after a change. */
  look(view: View): void {
    this.#drawn.look(view);
    this.#wired.look(view);
  }

  close(): void {
    this.#drawn.close();
    this.#wired.close();
  }
}

function merged<T extends { id: string }>(all: readonly T[], changed: readonly T[]): T[] {
  const known = new Map(changed.map((each) => [each.id, each]));
  return all.map((each) => known.get(each.id) ?? each);
}
