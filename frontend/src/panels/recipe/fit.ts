/** Keeping a sentence on its one line: where it is too long, it is written smaller. */

const SMALLEST = 12;

/** Fit an element's text to its width, now and whenever text or width change. */
export function fit(element: HTMLElement): () => void {
  const adjust = (): void => {
    element.style.removeProperty('font-size');
    if (innerWidth <= 720) return; // a phone wraps it
    let size = parseFloat(getComputedStyle(element).fontSize);
    while (element.scrollWidth > element.clientWidth && size > SMALLEST) {
      size -= 0.5;
      element.style.setProperty('font-size', `${size}px`);
    }
  };
  const resized = new ResizeObserver(adjust);
  const changed = new MutationObserver(adjust);
  if (element.parentElement) resized.observe(element.parentElement);
  changed.observe(element, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['value'],
  });
  void document.fonts.ready.then(adjust);
  return () => {
    resized.disconnect();
    changed.disconnect();
  };
}
