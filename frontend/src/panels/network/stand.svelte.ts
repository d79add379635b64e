/** Where the chosen portrait stands on the screen, for the lens to point at it. */

class Stand {
  /** Middle of the chosen portrait, in pixels from the left of the window; null: it is not in view. */
  x = $state<number | null>(null);
}

export const stand = new Stand();
