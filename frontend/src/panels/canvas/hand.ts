/** What moves a canvas. */

import type { View } from '../../graph/view';

export interface Hand {
  /** Look at all of it. */
  fit: () => void;
  /** The first look: all of it where it stays readable, else its beginning. */
  begin: () => void;
  zoom: (way: 1 | -1) => void;
  /** Bring a part into view. */
  reveal: (box: View) => void;
  /** Show the overview, or fold it. */
  turnMap: () => void;
  readonly isMapped: boolean;
  /** Whether there is enough to be seen for one. */
  readonly hasMap: boolean;
  readonly width: number;
  readonly height: number;
}
