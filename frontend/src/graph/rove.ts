/** Arrow keys among things that stand anywhere. */

import type { Way } from './choice';

export interface Target {
  key: string;
  x: number;
  y: number;
}

const STEPS: Record<Way, [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/** What an arrow key means. */
export const ARROWS: Readonly<Record<string, Way>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/** By how many columns and rows an arrow key moves in a grid. */
export const GRID_STEPS: Readonly<Record<string, readonly [across: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest target in a direction; what lies aside counts as further away. Null at the end. */
export function nextTarget(targets: readonly Target[], key: string, way: Way): Target | null {
  const from = targets.find((target) => target.key === key);
  if (!from) return null;
  const [dx, dy] = STEPS[way];
  let best: Target | null = null;
  let least = Infinity;
  for (const target of targets) {
    const [x, y] = [target.x - from.x, target.y - from.y];
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    // A column is left sideways only: what is below must lie more below than aside.
    if (ahead <= 1 || (dy !== 0 && aside > ahead)) continue;
    const distance = ahead + 2 * aside;
    if (distance < least) [best, least] = [target, distance];
  }
  return best;
}
