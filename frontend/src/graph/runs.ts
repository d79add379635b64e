/** Marks of runs that are compared, beside their hues: circle, triangle, square, diamond, triangle downwards. */
export const SHAPES: readonly string[] = [
  'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  'M0-4.8 4.6 3.6H-4.6z',
  'M-3.8-3.8H3.8V3.8H-3.8z',
  'M0-5.2 5.2 0 0 5.2-5.2 0z',
  'M0 4.8 4.6-3.6H-4.6z',
];
