/** A draft's network as text: what is typed becomes its graph, and its graph becomes text again. */

import { differenceOf } from '../graph/changes';
import type { Difference } from '../graph/changes';
import { mended } from '../graph/code';
import { isSame } from '../graph/same';
import { titleOf } from '../graph/stages';
import { say } from '../messages/say';
import { Problem } from '../wire/http';
import { readSource, writeSource } from '../wire/rest';
import type { Graph, Reading, Source, SourceProblem } from '../wire/schema';

/** How long typing rests before it is read, in milliseconds: one burst is one edit. */
const PAUSE = 400;
/** How long until the server is asked again that could not be asked. */
const AGAIN = 2000;

/** The graph that is edited, with its edits. */
export interface Edited {
  readonly graph: Graph;
  change: (label: string, graph: Graph) => void;
  undo: () => void;
  redo: () => void;
}

/** Who writes and reads. */
export interface Scribe {
  write: (graph: Graph, name: string) => Promise<Source>;
  read: (text: string) => Promise<Reading>;
}

interface Kept {
  text: string;
  nodes: string[][];
}

/** How it stands between text and graph. */
export type Standing =
  /** There is no text yet. */
  | 'blank'
  /** They say the same. */
  | 'one'
  /** What was typed is being read. */
  | 'reading'
  /** What was typed is no network; the graph is as it was before. */
  | 'unread'
  /** The graph is such that no text says it; `trouble` tells why. */
  | 'unwritten';

export class SourceText {
  text = $state.raw('');
  /** For each line, the nodes that it is about. */
  nodes = $state.raw<string[][]>([]);
  problems = $state.raw<SourceProblem[]>([]);
  standing = $state<Standing>('blank');
  /** Why something cannot be written or asked, as a sentence. */
  trouble = $state<string | null>(null);
  /** Whether the graph was changed elsewhere while the text did not read. */
  behind = $state(false);
  /** Counts how often text and graph became one: what was typed before needs no undoing of its own. */
  settled = $state(0);
  readonly #draft: Edited;
  readonly #name: () => string;
  readonly #scribe: Scribe;
  /** What was typed for a graph, so that undoing brings back comments and space as well. */
  readonly #kept = new WeakMap<Graph, Kept>();
  /** The graph that the text says. */
  #says: Graph | null = null;
  /** Counts questions; an answer to an older one is nothing. */
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    draft: Edited,
    name: () => string,
    scribe: Scribe = { write: writeSource, read: readSource },
  ) {
    this.#draft = draft;
    this.#name = name;
    this.#scribe = scribe;
  }

  /** The draft's graph is this one now: write it, unless the text says it, or does not read and would be lost. */
  follow(graph: Graph): void {
    if (this.#says && isSame(graph, this.#says)) {
      this.#says = graph;
      this.behind = false;
      return;
    }
    if (this.standing === 'reading' || this.standing === 'unread') this.behind = true;
    else void this.#write(graph);
  }

  /** Something was typed. */
  type(text: string): void {
    if (text === this.text) return;
    this.text = text;
    this.standing = 'reading';
    this.#ask(PAUSE);
  }

  /** Read at once what was typed. */
  hurry(): void {
    if (this.standing === 'reading') this.#ask(0);
  }

  /** Put right at once what follows from the inputs. */
  mend(problems: readonly SourceProblem[]): void {
    this.type(mended(this.text, problems));
    this.hurry();
  }

  /** Let go of a text that does not read, for the graph's own. */
  take(): void {
    void this.#write(this.#draft.graph);
  }

  /** Take the last edit back, which is of the graph: a text that is still being typed undoes itself. */
  undo(): boolean {
    return this.#step(() => {
      this.#draft.undo();
    });
  }

  redo(): boolean {
    return this.#step(() => {
      this.#draft.redo();
    });
  }

  #step(go: () => void): boolean {
    if (this.standing !== 'one') return false;
    go();
    return true;
  }

  #ask(pause: number): void {
    const asked = ++this.#asked;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(asked), pause);
  }

  async #read(asked: number): Promise<void> {
    try {
      const reading = await this.#scribe.read(this.text);
      if (asked === this.#asked) this.#understood(reading);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.trouble = sentenceOf(error);
      this.#ask(AGAIN);
    }
  }

  #understood({ graph, nodes, problems }: Reading): void {
    this.trouble = null;
    this.problems = problems;
    if (!graph) {
      this.standing = 'unread';
      return;
    }
    if (this.behind && this.#says && isSame(graph, this.#says)) {
      // It was typed back to what it was, and the graph went on meanwhile: that is newer.
      void this.#write(this.#draft.graph);
      return;
    }
    if (!isSame(graph, this.#draft.graph)) {
      this.#says = graph;
      this.#draft.change(labelOf(differenceOf(this.#draft.graph, graph)), graph);
    }
    this.#agree(this.#draft.graph, { text: this.text, nodes });
  }

  async #write(graph: Graph): Promise<void> {
    const asked = ++this.#asked;
    clearTimeout(this.#timer);
    this.behind = false;
    const kept = this.#kept.get(graph);
    if (kept) {
      this.#agree(graph, kept);
      return;
    }
    try {
      const { text, nodes } = await this.#scribe.write(graph, this.#name());
      if (asked === this.#asked) this.#agree(graph, { text, nodes });
    } catch (error) {
      if (asked !== this.#asked) return;
      this.standing = 'unwritten';
      this.trouble = sentenceOf(error);
    }
  }

  #agree(graph: Graph, kept: Kept): void {
    this.#says = graph;
    this.#kept.set(graph, kept);
    this.text = kept.text;
    this.nodes = kept.nodes;
    this.problems = [];
    this.trouble = null;
    this.behind = false;
    this.standing = 'one';
    this.settled++;
  }
}

const TEXTS = new WeakMap<Edited, SourceText>();

/** The text of a draft: one for as long as there is the draft, whichever face is open. */
export function textOf(draft: Edited, name: () => string): SourceText {
  const known = TEXTS.get(draft);
  if (known) return known;
  const made = new SourceText(draft, name);
  TEXTS.set(draft, made);
  return made;
}

/** What an edit of the text is called among the edits. */
function labelOf(difference: Difference): string {
  const named = 'node' in difference ? { node: titleOf(difference.node) } : {};
  const what = say(`code.change.${difference.kind}`, { ...difference, ...named });
  return say('code.edit', { what });
}

function sentenceOf(error: unknown): string {
  const sentence = error instanceof Problem ? error.message : '';
  return sentence || say('code.unreachable');
}
