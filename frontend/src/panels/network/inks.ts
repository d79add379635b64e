/** Colours of the theme for what is drawn on canvases. */

import type { Theme } from '../../graph/cursor';

/** Names of the page's colours, without their dashes. */
const NAMES = {
  ink: '--ink',
  ink2: '--ink-2',
  ink3: '--ink-3',
  zero: '--zero',
  line: '--line-2',
  faint: '--line',
  sunk: '--sunk',
  paper: '--paper',
  surface: '--surface',
  positive: '--positive',
  negative: '--negative',
  up: '--push-up',
  down: '--push-down',
} as const;

export type Inks = Record<keyof typeof NAMES, string> & {
  /** Any colour of the page by its full name. */
  named: (name: string) => string;
};

const known = new Map<Theme, Inks>();

/** Read the colours of a theme; ask when something is painted, as the theme is in force by then. */
export function inksOf(element: Element, theme: Theme): Inks {
  const kept = known.get(theme);
  if (kept) return kept;
  const inks = read(element);
  if (document.documentElement.dataset['theme'] === theme) known.set(theme, inks);
  return inks;
}

function read(element: Element): Inks {
  const style = getComputedStyle(element);
  const found = new Map<string, string>();
  const named = (name: string): string => {
    let colour = found.get(name);
    if (colour === undefined) found.set(name, (colour = style.getPropertyValue(name).trim()));
    return colour;
  };
  const entries = Object.entries(NAMES).map(([short, name]) => [short, named(name)]);
  return { ...(Object.fromEntries(entries) as Record<keyof typeof NAMES, string>), named };
}
