/** Where the overview stands on a canvas. */

import type { Sight, View } from '../../graph/view';

/** Its size, and how far from the corner, in pixels. */
export const MAP = { width: 148, height: 92, edge: 8 } as const;

/** The part of a canvas that lies under the overview in its lower right corner, with a little air. */
export function underMap(sight: Sight, place: { width: number; height: number }): View {
  const { x, y, zoom } = sight;
  const [wide, high] = [MAP.width + 2 * MAP.edge, MAP.height + 2 * MAP.edge];
  return {
    x: (place.width - wide - x) / zoom,
    y: (place.height - high - y) / zoom,
    width: wide / zoom,
    height: high / zoom,
  };
}
