/** What one example looks like: a place in the plane, a picture, or nothing but its number. */

import { dataOf } from '../../run/answers';
import type { FrameAnswer } from '../../wire/schema';

export type Portrait =
  | { kind: 'point'; x: number; y: number }
  | { kind: 'image'; values: Uint8Array; width: number; height: number }
  | { kind: 'none' };

/** Find the portrait of the example at an index. */
export function portraitOf(data: FrameAnswer, index: number): Portrait {
  const place = dataOf(data, 'position')?.[index];
  const reach = reachOf(data);
  if (Array.isArray(place)) {
    const [x = 0, y = 0] = place.map((value) => Number(value) / reach);
    return { kind: 'point', x, y };
  }
  return pictureOf(dataOf(data, 'image')?.[index - Number(data.details['first'] ?? 0)]);
}

function reachOf(data: FrameAnswer): number {
  const domain = data.details['domain'];
  return Array.isArray(domain) ? Number(domain[1]) || 1 : 1;
}

/** The first channel of a picture, from 0 to 1, as bytes of ink. */
function pictureOf(image: unknown): Portrait {
  let rows: unknown = image;
  while (Array.isArray(rows) && Array.isArray(rows[0]) && Array.isArray((rows[0] as unknown[])[0]))
    rows = rows[0];
  if (!Array.isArray(rows) || !Array.isArray(rows[0])) return { kind: 'none' };
  const cells = (rows as number[][]).flat();
  return {
    kind: 'image',
    values: Uint8Array.from(cells, (value) => Math.min(255, Math.max(0, value * 255))),
    width: rows[0].length,
    height: rows.length,
  };
}
