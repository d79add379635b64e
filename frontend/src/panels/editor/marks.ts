/** What stands in a text without being of it: notes behind lines, lines as they were, lines that are chosen. */

import { RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import type { EditorState, Range, Text } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, WidgetType } from '@codemirror/view';
import type { DecorationSet, ViewUpdate } from '@codemirror/view';

/** A piece of a note: as it is, as it was, new, or wrong. */
export interface Piece {
  text: string;
  /** What it counts; left out where there is little room. */
  unit?: string;
  kind: 'same' | 'before' | 'now' | 'wrong';
}

export interface Marks {
  /** Behind lines, counted from 0. */
  notes: readonly { line: number; pieces: readonly Piece[] }[];
  /** Above lines: what stood there before. */
  old: readonly { line: number; text: string }[];
  chosen: readonly number[];
  hovered: readonly number[];
}

export const mark = StateEffect.define<Marks>();

/** The deepest indentation, in steps of four, that long lines keep when they are broken. */
const DEEPEST = 6;

/** What is no text, but stands for its line: a press on it is a press on the line. */
abstract class Beside extends WidgetType {
  override ignoreEvent(): boolean {
    return false;
  }
}

class Behind extends Beside {
  readonly #pieces: readonly Piece[];

  constructor(pieces: readonly Piece[]) {
    super();
    this.#pieces = pieces;
  }

  override eq(other: Behind): boolean {
    return JSON.stringify(other.#pieces) === JSON.stringify(this.#pieces);
  }

  toDOM(): HTMLElement {
    const dom = document.createElement('span');
    dom.className = 'note';
    dom.append('# ');
    this.#pieces.forEach(({ text, unit, kind }, i) => {
      const piece = document.createElement(kind === 'before' ? 's' : 'span');
      piece.className = kind;
      piece.textContent = text;
      if (unit) {
        const counted = document.createElement('span');
        counted.className = 'unit';
        counted.textContent = ` ${unit}`;
        piece.append(counted);
      }
      dom.append(i ? ' ' : '', piece);
    });
    return dom;
  }
}

class Above extends Beside {
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  override eq(other: Above): boolean {
    return other.#text === this.#text;
  }

  toDOM(): HTMLElement {
    const dom = document.createElement('div');
    const indent = Math.floor((this.#text.length - this.#text.trimStart().length) / 4);
    dom.className = `old in-${Math.min(indent, DEEPEST)}`;
    const text = document.createElement('s');
    text.textContent = this.#text.trim();
    dom.append(text);
    return dom;
  }
}

const chosen = Decoration.line({ class: 'chosen' });
const hovered = Decoration.line({ class: 'hovered' });

function drawn({ doc }: EditorState, marks: Marks): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const start = (line: number): number | null =>
    line < doc.lines ? doc.line(line + 1).from : null;
  for (const [decoration, lines] of [
    [chosen, marks.chosen],
    [hovered, marks.hovered],
  ] as const) {
    for (const line of lines) {
      const at = start(line);
      if (at !== null) ranges.push(decoration.range(at));
    }
  }
  for (const { line, text } of marks.old) {
    const at = start(line);
    const widget = new Above(text);
    if (at !== null) ranges.push(Decoration.widget({ widget, block: true, side: -1 }).range(at));
  }
  for (const { line, pieces } of marks.notes) {
    if (line >= doc.lines) continue;
    ranges.push(
      Decoration.widget({ widget: new Behind(pieces), side: 1 }).range(doc.line(line + 1).to),
    );
  }
  return Decoration.set(ranges, true);
}

/** Marks move with the text until there are new ones. */
export const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (known, transaction) => {
    let shown = known.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(mark)) shown = drawn(transaction.state, effect.value);
    }
    return shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const INDENTS = Array.from({ length: DEEPEST + 1 }, (_, step) =>
  Decoration.line({ class: `in-${step}` }),
);

/** Long lines go on below, four characters further in than they begin. */
export const wrapping = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = indents(view);
    }

    update({ docChanged, viewportChanged, view }: ViewUpdate): void {
      if (docChanged || viewportChanged) this.decorations = indents(view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function indents({ visibleRanges, state: { doc } }: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of visibleRanges) {
    for (const line of linesOf(doc, from, to)) {
      const steps = Math.floor((line.text.length - line.text.trimStart().length) / 4);
      const decoration = INDENTS[Math.min(steps, DEEPEST)];
      if (decoration) builder.add(line.from, line.from, decoration);
    }
  }
  return builder.finish();
}

function* linesOf(doc: Text, from: number, to: number): Generator<{ from: number; text: string }> {
  for (let at = from; at <= to;) {
    const line = doc.lineAt(at);
    yield line;
    at = line.to + 1;
  }
}
