/** The network as it is edited: every document that was made on the way, and what is said of the newest. */

import { followed, without } from '../graph/begins';
import type { Begins } from '../graph/begins';
import { isBlock, partAt } from '../graph/edit';
import { isSame } from '../graph/same';
import type { Effect, Graph, GraphPlan, Inspection, Need, Problem } from '../wire/schema';
import { START } from './edits';
import type { Edit, ListedEdit } from './edits';
import { Newest } from './newest.svelte';

/** Whom a draft asks and tells. */
export interface Surroundings {
  inspect: (graph: Graph) => Promise<Inspection>;
  /** What the run would keep, if it went on with a network that can be trained. */
  plan: (graph: Graph) => Promise<GraphPlan>;
  /** Let the run go on with a network, whose new parts begin so; null: it was refused, which was said. */
  apply: (graph: Graph, begins: Begins) => Promise<Effect | null>;
  /** The node at the cursor. */
  node: () => string | null;
  choose: (node: string | null) => void;
}

/** What is known of the network that the run trains. */
interface Known {
  run: string;
  graph: Graph;
  inspection: Inspection;
}

export class Draft {
  /** All documents from the first on, those that were undone behind the present one. */
  #way = $state.raw<Edit[]>([START]);
  #at = $state(0);
  #base = $state.raw<Graph>(START.graph);
  #known = $state.raw<Known | null>(null);
  /** What the run trained before the last Apply: news of it are old news. */
  #left: Graph | null = null;
  #foreign = $state.raw<Graph | null>(null);
  #together: string | null = null;
  #weighs = false;
  /** Whether the run is being told. */
  applying = $state(false);
  readonly #around: Surroundings;
  readonly #judgements: Newest<Inspection>;
  readonly #plans: Newest<GraphPlan>;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#plans = new Newest(around.plan);
    this.#judgements = new Newest(around.inspect, ({ graph, value }) => {
      const canTrain = value.problems.every(({ severity }) => severity !== 'error');
      this.#plans.want(canTrain && graph === this.graph ? graph : null);
    });
  }

  /** The network that the run trains, from which the edits go on. */
  get base(): Graph {
    return this.#base;
  }
  /** The network as edited. */
  get graph(): Graph {
    return this.#now.graph;
  }
  /** How the weights begin of those parts that the run does not train yet. */
  readonly begins = $derived.by((): Begins => {
    const said = Object.entries(this.#now.begins);
    return Object.fromEntries(said.filter(([path]) => !partAt(this.#base, path)));
  });
  /** Whether Apply would change anything. */
  readonly isPending = $derived(!isSame(this.#now.graph, this.#base));
  /** What was done, newest first. */
  readonly edits = $derived.by((): ListedEdit[] => {
    const base = this.#baseAt();
    return this.#way
      .slice(0, this.#at + 1)
      .map((edit, at) => ({ ...edit, isPending: at > base }))
      .slice(1)
      .reverse();
  });
  get canUndo(): boolean {
    return this.#at > 0;
  }
  get canRedo(): boolean {
    return this.#at < this.#way.length - 1;
  }
  /** What is to be said of the network as edited; as long as that is not known, of an earlier state of it. */
  readonly judgement = $derived.by((): Inspection | null => {
    if (!this.isPending && this.#known) return this.#known.inspection;
    return this.#judgements.answer?.value ?? this.#known?.inspection ?? null;
  });
  /** The document that the judgement is about. */
  readonly judged = $derived.by((): Graph => {
    if (!this.isPending && this.#known) return this.#now.graph;
    return this.#judgements.answer?.graph ?? this.#base;
  });
  /** What the run would keep of what it has learned; null: nothing is to be said, or not yet. */
  get plan(): GraphPlan | null {
    const { answer } = this.#plans;
    return this.isPending && answer?.graph === this.graph ? answer.value : null;
  }
  /** What a run of the network would take beside what is granted, as far as it was weighed; of the newest that was. */
  get need(): Need | null {
    return this.#plans.answer?.value.need ?? null;
  }
  /** Whether that is said of the network as it is now. */
  get isWeighed(): boolean {
    return this.#plans.answer?.graph === this.graph;
  }
  /** All that is wrong with the network, and what the run's data or limits would have against it. */
  readonly problems = $derived.by((): readonly Problem[] => {
    const said = this.judgement?.problems ?? [];
    const { problem = null, node, remedy = null } = this.plan ?? {};
    if (problem === null) return said;
    return [
      ...said,
      { node: node ?? '', message: problem, severity: 'error', remedy, insert: null },
    ];
  });
  /** Why Apply waits, as a sentence; null: it does not. */
  get hindrance(): string | null {
    return this.isPending ? (this.errors[0]?.message ?? this.complaint) : null;
  }
  /** Why nothing can be said of the network, as a sentence. */
  get complaint(): string | null {
    return this.isPending ? this.#judgements.complaint : null;
  }
  /** What is to be said of the network that the run trains. */
  get before(): Inspection | null {
    return this.#known?.inspection ?? null;
  }
  /** What keeps the network from being trained. */
  readonly errors = $derived(this.problems.filter(({ severity }) => severity === 'error'));
  /** Another network that the run trains now, changed from elsewhere while there are edits; null: none. */
  get foreign(): Graph | null {
    return this.#foreign;
  }
  /** Path of the chosen part of the network as edited; null: none of it. */
  get node(): string | null {
    const [named = ''] = (this.#around.node() ?? '').split('@', 1);
    if (partAt(this.graph, named)) return named;
    const [, path = ''] = /^(.*)\.\d+$/.exec(named) ?? [];
    const part = path ? partAt(this.graph, path) : null;
    // The number behind a layer is a unit's, behind a block that of a repetition.
    return part && (!isBlock(part) || part.repeat) ? path : null;
  }

  /** Choose a part by its path. */
  choose(path: string | null): void {
    this.#around.choose(path);
  }

  /** Go on with another document. Changes in a row with the same `together` are one edit, as while dragging. */
  change(label: string, graph: Graph, together: string | null = null): void {
    const goesOn = together !== null && this.isGoingOn(together);
    if (graph === this.graph) return;
    this.#together = together;
    const kept = this.#way.slice(0, this.#at + (goesOn ? 0 : 1));
    const begins = followed(this.#now.begins, this.graph, graph);
    this.#go([...kept, { label, graph, begins, effect: null }], kept.length);
  }

  /** Say how the weights of a part begin that the run does not train yet; null: as torch's do. */
  begin(label: string, path: string, init: Begins[string] | null): void {
    this.#together = null;
    const { graph, begins } = this.#now;
    const other = init ? { ...begins, [path]: init } : without(begins, path);
    const kept = this.#way.slice(0, this.#at + 1);
    this.#go([...kept, { label, graph, begins: other, effect: null }], kept.length);
  }

  /** Whether a change with this `together` would be part of the newest edit. */
  isGoingOn(together: string): boolean {
    return together === this.#together && !this.canRedo;
  }
  /** The document before the newest edit. */
  get previous(): Graph {
    return this.#way[this.#at - 1]?.graph ?? this.#now.graph;
  }

  /** From now on, also weigh the network where there are no edits. */
  weigh(): void {
    this.#weighs = true;
    if (!this.isPending) this.#plans.want(this.graph);
  }

  undo(): void {
    if (this.canUndo) this.#go(this.#way, this.#at - 1);
    this.#together = null;
  }

  redo(): void {
    if (this.canRedo) this.#go(this.#way, this.#at + 1);
    this.#together = null;
  }

  /** Go back to the network that the run trains; redo brings the edits again. */
  discard(label = ''): void {
    this.#together = null;
    const { graph = this.#base } = this.#known ?? {};
    this.#base = graph;
    this.#foreign = null;
    const at = this.#baseAt();
    if (at >= 0) this.#go(this.#way, at);
    else this.change(label, graph);
  }

  /** Keep the edits, where the run was changed from elsewhere: Apply replaces what is there now. */
  takeUp(): void {
    if (this.#foreign) this.#base = this.#foreign;
    this.#foreign = null;
  }

  /** Let the run go on with the network as edited; says what became of what was learned. */
  async apply(): Promise<Effect | null> {
    if (!this.isPending || this.applying || this.errors.length) return null;
    const { graph, begins } = this;
    this.#together = null;
    this.applying = true;
    try {
      const effect = await this.#around.apply(graph, begins);
      if (effect?.command.kind === 'graph') this.#applied(graph, effect.command.graph, effect);
      return effect;
    } finally {
      this.applying = false;
      this.#settle();
    }
  }

  /** Be told of the network that a run trains, whenever that changes. */
  follow(run: string, graph: Graph, inspection: Inspection): void {
    const isFirst = this.#known === null;
    const isOther = this.#known?.run !== run && !isSame(graph, this.#base) && !this.applying;
    this.#known = { run, graph, inspection };
    if (isFirst || (isOther && !this.#isLeft(graph))) this.#begin(graph);
    else this.#settle();
  }

  get #now(): Edit {
    return this.#way[this.#at] ?? START;
  }

  #begin(graph: Graph): void {
    this.#base = graph;
    this.#left = this.#foreign = null;
    this.#judgements.forget();
    this.#plans.forget();
    this.#go([{ label: '', graph, begins: {}, effect: null }], 0);
  }

  /** The nearest document that is the run's: one before the present rather than one behind it; -1: none. */
  #baseAt(): number {
    const isBase = ({ graph }: Edit): boolean => isSame(graph, this.#base);
    const before = this.#way.slice(0, this.#at + 1).findLastIndex(isBase);
    return before < 0 ? this.#way.findIndex(isBase) : before;
  }

  #isLeft(graph: Graph): boolean {
    return this.#left !== null && isSame(graph, this.#left);
  }

  #applied(graph: Graph, now: Graph, effect: Effect): void {
    this.#left = this.#base;
    this.#base = now;
    this.#foreign = null;
    // The server writes a document out in full: it is the same one.
    this.#way = this.#way.map((edit) => (edit.graph === graph ? { ...edit, graph: now } : edit));
    this.#way = this.#way.map((edit, at) =>
      edit.graph === now && at <= this.#at ? { ...edit, effect } : edit,
    );
  }

  /** Compare what the run trains with what the edits go on from. */
  #settle(): void {
    const known = this.#known;
    if (!known || this.applying) return;
    const { graph } = known;
    if (isSame(graph, this.#base)) {
      this.#left = this.#foreign = null;
    } else if (this.#isLeft(graph)) {
      return;
    } else if (this.isPending) {
      this.#foreign = graph;
    } else {
      // Changed from elsewhere: one more document on the way, without words of its own.
      this.#base = graph;
      this.change('', graph);
    }
  }

  #go(way: Edit[], at: number): void {
    this.#way = way;
    this.#at = at;
    this.#judgements.want(this.isPending ? this.graph : null);
    if (!this.isPending && this.#weighs) this.#plans.want(this.graph);
  }
}
