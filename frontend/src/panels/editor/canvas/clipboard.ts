/** Copying and pasting nodes as text, also between runs. */

import { pasteText, removeChosen, textOfChosen } from './acts';
import type { Board } from './board.svelte';

/** Listen as long as the canvas is there; what is typed or chosen elsewhere is not its business. */
export function listenForClipboard(board: Board, place: HTMLElement): () => void {
  const isHere = ({ target }: ClipboardEvent): boolean => {
    const isTyped = target instanceof HTMLElement && /^(INPUT|TEXTAREA)$/.test(target.tagName);
    return !isTyped && place.contains(document.activeElement);
  };
  const take = (event: ClipboardEvent): void => {
    const text = isHere(event) ? textOfChosen(board) : null;
    if (text === null || !event.clipboardData) return;
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
    if (event.type === 'cut') removeChosen(board);
  };
  const paste = (event: ClipboardEvent): void => {
    if (!isHere(event)) return;
    event.preventDefault();
    pasteText(board, event.clipboardData?.getData('text/plain') ?? '');
  };
  document.addEventListener('copy', take);
  document.addEventListener('cut', take);
  document.addEventListener('paste', paste);
  return () => {
    document.removeEventListener('copy', take);
    document.removeEventListener('cut', take);
    document.removeEventListener('paste', paste);
  };
}
