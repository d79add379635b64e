/** Whether a key belongs to the page: not to a field that is typed in, not to a dialog, not to the browser. */
export function isForPage({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return false;
  if (!(target instanceof HTMLElement)) return true;
  const isTyped = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  return !isTyped || (target instanceof HTMLInputElement && target.type === 'checkbox');
}
