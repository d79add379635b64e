/** A part of a canvas, what of it is seen, and how a canvas is moved so that something is. */

import type { Spot } from './arrange';

/** A rectangle on the canvas. */
export interface View extends Spot {
  width: number;
  height: number;
}

/** How a canvas stands: where its corner is on screen, and how many times as large it is seen. */
export interface Sight extends Spot {
  zoom: number;
}

/** So much air is left around what is looked at. */
export const EDGE = 28;

export function meets(view: View, box: View): boolean {
  return (
    box.x < view.x + view.width &&
    box.x + box.width > view.x &&
    box.y < view.y + view.height &&
    box.y + box.height > view.y
  );
}

/** The smallest rectangle around others. */
export function around(boxes: readonly View[]): View {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const under = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: under - y };
}

interface Room {
  width: number;
  height: number;
}

/** From how far, and with how much air around it, a canvas is looked at. */
interface Bearing {
  least: number;
  most?: number;
  edge?: number;
}

/** Look at all of a canvas, but from no farther than `least`: then at its beginning. */
export function sightOf(
  bounds: Room,
  place: Room,
  { least, most = 1, edge = EDGE }: Bearing,
): Sight {
  const whole = Math.min(
    most,
    (place.width - 2 * edge) / bounds.width,
    (place.height - 2 * edge) / bounds.height,
  );
  const zoom = Math.max(least, whole);
  const middle = (all: number, part: number): number =>
    zoom > whole ? edge : Math.max(edge, (all - part * zoom) / 2);
  return { x: middle(place.width, bounds.width), y: middle(place.height, bounds.height), zoom };
}

/** Move a canvas no more than needed so that a part of it is seen with a little room around. */
export function revealing(box: View, sight: Sight, place: Room, edge = EDGE): Sight {
  const { x, y, zoom } = sight;
  return {
    x: x + outside(box.x * zoom + x, box.width * zoom, { room: place.width, edge }),
    y: y + outside(box.y * zoom + y, box.height * zoom, { room: place.height, edge }),
    zoom,
  };
}

function outside(
  from: number,
  length: number,
  { room, edge }: { room: number; edge: number },
): number {
  const [low, high] = [edge - from, room - edge - from - length];
  const isTooLong = length > room - 2 * edge;
  return low > 0 || isTooLong ? low : Math.min(0, high);
}
