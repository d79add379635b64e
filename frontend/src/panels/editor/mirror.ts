/** A text with line numbers, colours and marks: CodeMirror in a shadow root, where it may bring its own style sheet. */

import { defaultKeymap, history, undo, undoDepth, redo, redoDepth } from '@codemirror/commands';
import { indentUnit, syntaxHighlighting } from '@codemirror/language';
import { pythonLanguage } from '@codemirror/lang-python';
import { setDiagnostics } from '@codemirror/lint';
import type { Diagnostic } from '@codemirror/lint';
import { Annotation, Compartment, EditorState, Prec } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import type { ViewUpdate } from '@codemirror/view';

import { spliceOf } from '../../graph/code';
import { mark, marks, wrapping } from './marks';
import type { Marks } from './marks';
import { inks, sheet } from './sheet';

export interface MirrorOptions {
  label: string;
  /** Whether it is for reading only. */
  fixed?: boolean;
  /** Something was typed. */
  ontype?: (text: string) => void;
  /** The caret came to a line, counted from 0, by the pointer or by a key. */
  online?: (line: number, byPointer: boolean) => void;
  /** The pointer is over a line; null: over none. */
  onhover?: (line: number | null) => void;
  /** The text was left. */
  onleave?: () => void;
  /** Undo and redo of what is behind the text; false: there is nothing of that kind now. */
  undo?: () => boolean;
  redo?: () => boolean;
  /** What a line shows where the pointer rests on it. */
  tell?: (line: number) => Promise<string | null>;
}

const FROM_OUTSIDE = Annotation.define<boolean>();
/** How long a pointer rests before something is told, in milliseconds. */
const REST = 350;

export class Mirror {
  readonly #view: EditorView;
  readonly #past = new Compartment();

  constructor(host: HTMLElement, options: MirrorOptions) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    this.#view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        extensions: [
          ...reading(options),
          ...(options.fixed
            ? [
                EditorState.readOnly.of(true),
                EditorView.contentAttributes.of({ inputmode: 'none' }),
              ]
            : [this.#past.of(history()), Prec.highest(keymap.of(this.#keys(options)))]),
        ],
      }),
    });
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  /** Show another text; the caret stays where it is, if that is still there. */
  set(text: string): void {
    const splice = spliceOf(this.text, text);
    if (!splice) return;
    this.#view.dispatch({ changes: splice, annotations: FROM_OUTSIDE.of(true) });
    this.forget();
  }

  /** Undo no further than to here. */
  forget(): void {
    this.#view.dispatch({ effects: this.#past.reconfigure([]) });
    this.#view.dispatch({ effects: this.#past.reconfigure(history()) });
  }

  mark(marks: Marks): void {
    this.#view.dispatch({ effects: mark.of(marks) });
  }

  /** Underline what is wrong. */
  underline(wrong: readonly Diagnostic[]): void {
    this.#view.dispatch(setDiagnostics(this.#view.state, wrong));
  }

  /** Put the caret somewhere and look at it. */
  go(from: number, { focus = true } = {}): void {
    const anchor = Math.min(from, this.#view.state.doc.length);
    this.#view.dispatch({
      selection: { anchor },
      effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
    });
    if (focus) this.#view.focus();
  }

  /** Bring a line into view, the caret staying where it is. */
  show(line: number): void {
    const { doc } = this.#view.state;
    if (line >= doc.lines) return;
    const { from } = doc.line(line + 1);
    this.#view.dispatch({
      effects: EditorView.scrollIntoView(from, { y: 'nearest', yMargin: 40 }),
    });
  }

  get hasFocus(): boolean {
    return this.#view.hasFocus;
  }

  destroy(): void {
    this.#view.destroy();
  }

  /** What was typed and not yet read undoes itself; then the network's edits are undone. */
  #keys({ undo: before, redo: after }: MirrorOptions): { key: string; run: () => boolean }[] {
    const back = (): boolean =>
      undoDepth(this.#view.state) > 0 ? undo(this.#view) : (before?.() ?? false);
    const on = (): boolean =>
      redoDepth(this.#view.state) > 0 ? redo(this.#view) : (after?.() ?? false);
    return [
      { key: 'Mod-z', run: back },
      { key: 'Mod-y', run: on },
      { key: 'Mod-Shift-z', run: on },
    ];
  }
}

/** What reading a text takes, whether it may be changed or not. */
function reading(options: MirrorOptions): Extension[] {
  return [
    lineNumbers(),
    pythonLanguage,
    syntaxHighlighting(inks),
    indentUnit.of('    '),
    EditorView.lineWrapping,
    wrapping,
    marks,
    sheet,
    keymap.of(defaultKeymap),
    EditorView.contentAttributes.of({
      'aria-label': options.label,
      spellcheck: 'false',
      tabindex: '0',
    }),
    EditorView.updateListener.of((update) => {
      updated(update, options);
    }),
    EditorView.domEventHandlers({
      // Letters are the text's, and not the page's keys; the palette alone opens from everywhere.
      keydown: (event) => {
        if (!((event.ctrlKey || event.metaKey) && event.key === 'k')) event.stopPropagation();
      },
      keyup: (event) => {
        event.stopPropagation();
      },
      blur: () => {
        options.onleave?.();
      },
      mousemove: (event, view) => {
        options.onhover?.(lineAt(view, event));
      },
      mouseleave: () => {
        options.onhover?.(null);
      },
    }),
    ...(options.tell ? [telling(options.tell)] : []),
  ];
}

function updated(update: ViewUpdate, { ontype, online }: MirrorOptions): void {
  const isTyped = update.transactions.some(
    (one) => one.docChanged && !one.annotation(FROM_OUTSIDE),
  );
  if (isTyped) ontype?.(update.state.doc.toString());
  const chooses = update.transactions.find((one) => one.isUserEvent('select'));
  if (!chooses) return;
  const line = (state: EditorState): number => state.doc.lineAt(state.selection.main.head).number;
  const byPointer = chooses.isUserEvent('select.pointer');
  if (byPointer || line(update.state) !== line(update.startState)) {
    online?.(line(update.state) - 1, byPointer);
  }
}

function lineAt(view: EditorView, { clientX: x, clientY: y }: MouseEvent): number | null {
  const at = view.posAtCoords({ x, y });
  return at === null ? null : view.state.doc.lineAt(at).number - 1;
}

/** Show what is known of a line where the pointer rests on it. */
function telling(tell: (line: number) => Promise<string | null>): Extension {
  return hoverTooltip(
    async (view, pos) => {
      const line = view.state.doc.lineAt(pos);
      const said = await tell(line.number - 1);
      if (!said) return null;
      const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
      return {
        pos: Math.min(line.from + indent, line.to),
        end: line.to,
        above: true,
        create: () => {
          const dom = document.createElement('div');
          dom.className = 'told';
          dom.textContent = said;
          return { dom };
        },
      };
    },
    { hoverTime: REST, hideOnChange: true },
  );
}
