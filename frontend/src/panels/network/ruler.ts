/** How wide headings are, by the fonts of the page. */

import type { Ruler } from '../../graph/headings';

const MARGIN = 1.02;
const context = document.createElement('canvas').getContext('2d');

/** Measure as an element's children will be drawn; ask anew when its fonts or sizes may have changed. */
export function rulerIn(element: Element): Ruler {
  const style = getComputedStyle(element);
  const of = (weight: number, size: string) => (text: string) => {
    if (!context || !text) return 0;
    context.font = `${weight} ${style.getPropertyValue(size).trim()} ${style.fontFamily}`;
    return context.measureText(text).width * MARGIN;
  };
  return { title: of(600, '--small'), kind: of(400, '--label') };
}
