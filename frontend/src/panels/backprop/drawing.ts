/** What is drawn on the canvas, as an SVG file. */

import { sheetOf } from '../../graph/sheet';
import type { Shape, Words } from '../../graph/sheet';
import { sizesText } from '../../graph/amounts';
import { namingOf } from './naming';
import type { TensorGraph } from './tensor-graph.svelte';

/** The whole graph of tensors, also what is out of view. */
export function drawingOf(graph: TensorGraph): string {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const words = (x: number, y: number, text: string, more: Partial<Words> = {}): Words => ({
    kind: 'words',
    x,
    y,
    text,
    colour: colour('ink'),
    size: 12,
    isBold: false,
    anchor: 'start',
    ...more,
  });
  const cards = graph.shown.map(({ card, ...place }): Shape[] => {
    const { title, kind } = namingOf(graph, card);
    return [
      {
        kind: 'box',
        ...place,
        round: card.sort === 'pin' ? 16 : 8,
        fill: colour(card.sort === 'frame' ? 'sunk' : 'surface'),
        line: colour('line-2'),
        weight: 1,
      },
      words(place.x + 10, place.y + 22, card.repeat > 1 ? `${title} ×${card.repeat}` : title, {
        isBold: card.sort !== 'pin',
      }),
      ...(card.sort === 'pin' || card.sort === 'frame'
        ? []
        : [words(place.x + 10, place.y + 38, kind, { size: 11, colour: colour('ink-3') })]),
    ];
  });
  const whole = { x: 0, y: 0, ...graph.bounds };
  const lines = graph.linesIn(whole).flatMap(({ cable, course }): Shape[] => {
    const value = graph.atlas.values.get(cable.forward[0] ?? cable.back[0] ?? '');
    const line = { kind: 'line', path: course.path, weight: 1.5 } as const;
    return [
      { ...line, colour: colour(cable.isSaved ? 'wire' : 'bar'), isDashed: !cable.forward.length },
      ...(course.room > 60 && value
        ? [
            words(course.middle.x, course.middle.y - 6, sizesText(value), {
              size: 11,
              anchor: 'middle',
              colour: colour('ink-2'),
            }),
          ]
        : []),
    ];
  });
  const frames = cards.filter((_, i) => graph.shown[i]?.card.sort === 'frame');
  const others = cards.filter((_, i) => graph.shown[i]?.card.sort !== 'frame');
  return sheetOf([...frames.flat(), ...lines, ...others.flat()], graph.bounds, colour('paper'));
}

/** What of the style sheet is written into a drawing of its own. */
const KEPT = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'paint-order',
  'font-family',
  'font-size',
  'font-style',
  'font-weight',
  'text-anchor',
] as const;

/** A drawing that is on the page, with its style written into it. */
export function drawingIn(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [...svg.querySelectorAll('*')];
  [...copy.querySelectorAll('*')].forEach((element, i) => {
    const original = from[i];
    if (!original) return;
    const style = getComputedStyle(original);
    for (const name of KEPT) element.setAttribute(name, style.getPropertyValue(name));
    for (const name of ['class', 'style', 'tabindex', 'role']) element.removeAttribute(name);
  });
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute(
    'fill',
    getComputedStyle(document.documentElement).getPropertyValue('--paper'),
  );
  copy.prepend(ground);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return new XMLSerializer().serializeToString(copy);
}
