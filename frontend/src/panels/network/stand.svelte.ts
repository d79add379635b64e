/** Between the network and its lens: where the chosen portrait stands, and the way into the card. */

class Stand {
  /** Middle of the chosen portrait, in pixels from the left of the window; null: it is not in view. */
  x = $state<number | null>(null);
  /** Give the lens the focus; null as long as there is none. */
  enter: (() => void) | null = null;
}

export const stand = new Stand();
