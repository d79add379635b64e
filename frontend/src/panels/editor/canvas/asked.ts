/** What the canvas asks before it adds or finds something. */

import type { Spot } from '../../../graph/arrange';
import type { Offer } from '../../../wire/schema';

/** What is asked in the sheet over the canvas. */
export type Question =
  { kind: 'find' } | { kind: 'target'; from: string } | { kind: 'add'; how: Adding };

/** Where an added layer comes: on a wire, behind a card, as a branch from one, or by itself; and where on the canvas. */
export interface Adding {
  way: 'wire' | 'behind' | 'branch' | 'alone';
  id: string;
  outlet?: string;
  at?: Spot;
}

/** What fits where a layer is to be added, by kind. */
export type Offers = ReadonlyMap<string, Offer>;
