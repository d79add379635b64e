/** How large portraits are at a desk, on a phone, and for a presenter. */

export type Mode = 'desk' | 'phone' | 'present';

/** Sizes in pixels. */
export interface Rules {
  /** Left and right of everything, so that headings and outlines have their place. */
  margin: number;
  head: number;
  foot: number;
  /** Sides of fields, the preferred one first. */
  sides: number[];
  /** Side of an answer of one unit. */
  answer: number[];
  /** Largest side of a map, and the width of a list of classes and the height of its rows. */
  tile: number;
  chances: number;
  row: number;
  gap: number;
  least: number;
  /** Room between two columns of portraits, and how wide headings and feet mostly are. */
  between: number;
  column: number;
  /** Largest height of a place of a sequence, widths of its features, of its words, and of what attends. */
  place: number;
  rail: number;
  words: number;
  weights: number;
}

export const RULES: Record<Mode, Rules> = {
  desk: {
    margin: 22,
    head: 42,
    foot: 58,
    sides: [50, 25],
    answer: [100, 75, 50],
    tile: 60,
    chances: 150,
    row: 27,
    gap: 13,
    least: 5,
    between: 56,
    column: 84,
    place: 17,
    rail: 64,
    words: 62,
    weights: 108,
  },
  phone: {
    margin: 28,
    head: 44,
    foot: 60,
    sides: [50],
    answer: [100],
    tile: 56,
    chances: 176,
    row: 44,
    gap: 14,
    least: 8,
    between: 72,
    column: 96,
    place: 18,
    rail: 84,
    words: 72,
    weights: 120,
  },
  present: {
    margin: 40,
    head: 56,
    foot: 62,
    sides: [75, 50, 25],
    answer: [150, 125, 100, 75],
    tile: 92,
    chances: 206,
    row: 38,
    gap: 16,
    least: 6,
    between: 64,
    column: 116,
    place: 26,
    rail: 76,
    words: 96,
    weights: 150,
  },
};
