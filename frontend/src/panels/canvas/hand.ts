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
  readonly width: number;
  readonly height: number;
}
