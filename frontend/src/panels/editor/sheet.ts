/** How a text looks: in the page's own inks, words of Python bold and nothing in colour. */

import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export const inks = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword], fontWeight: '600' },
  { tag: tags.operatorKeyword, fontWeight: '600' },
  { tag: [tags.comment, tags.string], color: 'var(--ink-2)' },
]);

/** A line begins at its own spaces; what does not fit goes on four characters further in. */
const indents = Object.fromEntries(
  Array.from({ length: 7 }, (_, step) => [
    `.cm-line.in-${step}`,
    { paddingLeft: `${6 + 4 * step}ch`, textIndent: `-${4 + 4 * step}ch` },
  ]),
);
const olds = Object.fromEntries(
  Array.from({ length: 7 }, (_, step) => [`.old.in-${step}`, { paddingLeft: `${2 + 4 * step}ch` }]),
);

export const sheet = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'transparent' },
  '&.cm-focused': {
    outline: '2px solid var(--ink)',
    outlineOffset: '-2px',
    borderRadius: 'var(--r)',
  },
  '.cm-scroller': {
    fontFamily: 'var(--mono)',
    fontSize: 'var(--small)',
    lineHeight: '1.55',
    overflow: 'auto',
  },
  // A note that is longer than its line has room does not make all lines longer.
  '.cm-content': { minWidth: '0', padding: '10px 0', caretColor: 'var(--ink)' },
  '.cm-gutters': { color: 'var(--ink-3)', backgroundColor: 'transparent', border: '0' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '34px', padding: '0 6px 0 4px' },
  '.cm-line': { padding: '0 12px 0 2ch' },
  ...indents,
  ...olds,
  '.chosen': { backgroundColor: 'var(--sunk)', boxShadow: 'inset 3px 0 0 var(--ink)' },
  '.hovered': { boxShadow: 'inset 3px 0 0 var(--line-2)' },
  '.note': {
    display: 'inline-block',
    paddingLeft: '2ch',
    color: 'var(--ink-3)',
    textIndent: '0',
    maxWidth: '100%',
    fontVariantNumeric: 'tabular-nums',
  },
  '.chosen .note': { color: 'var(--ink-2)' },
  '.note .now': { color: 'var(--ink)', fontWeight: '600' },
  '.note .wrong': { color: 'var(--trouble)', fontWeight: '600' },
  '@container (max-width: 520px)': { '.note .unit': { display: 'none' } },
  '.old': { color: 'var(--ink-3)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--trouble) 1px',
    textUnderlineOffset: '3px',
    textDecorationSkipInk: 'none',
  },
  '.cm-lintPoint:after': { borderBottomColor: 'var(--trouble)' },
  '.cm-tooltip': {
    maxWidth: '420px',
    padding: '6px 10px',
    border: '1px solid var(--line-2)',
    borderRadius: 'var(--r)',
    color: 'var(--ink)',
    backgroundColor: 'var(--surface)',
    boxShadow: 'var(--shadow)',
    font: '400 var(--small) / 1.4 var(--sans)',
    whiteSpace: 'pre-line',
  },
  '.cm-diagnostic': { padding: '0', border: '0' },
  '.cm-diagnosticAction': {
    minHeight: '24px',
    padding: '0 10px',
    borderRadius: '6px',
    color: 'var(--surface)',
    backgroundColor: 'var(--ink)',
    fontWeight: '600',
  },
});
