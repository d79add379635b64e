/** The unit that is looked at, and the ways from it to its neighbours. */

import { joinNode, splitNode } from './cursor';
import type { Group, Spine } from './spine';
import { unitsOf, weightOf } from './stages';
import type { Stage } from './stages';

export interface Choice {
  stage: Stage;
  /** Counted from 0. */
  unit: number;
  /** As the cursor names it: `hidden2.1`. */
  name: string;
}

/** The unit at the cursor; without a valid one, the first unit of the last hidden stage. */
export function choose(stages: readonly Stage[], node: string | null): Choice | null {
  const paths = stages.flatMap((stage) => stage.nodes);
  const at = node === null ? null : splitNode(node, paths);
  const named = at && stages.find((stage) => stage.nodes.includes(at.path));
  const unit = at?.unit ?? 0;
  if (named && unit < unitsOf(named.output)) return choice(named, unit);
  const learning = stages.filter((stage) => weightOf(stage));
  const hidden = learning.filter((stage) => !stage.isOutput);
  const stage = hidden.at(-1) ?? learning.at(-1) ?? stages.at(-1);
  return stage ? choice(stage, 0) : null;
}

function choice(stage: Stage, unit: number): Choice {
  return { stage, unit, name: joinNode(stage.path, unit) };
}

export type Way = 'left' | 'right' | 'up' | 'down';

/** The unit beside a chosen one: the next one in its column, or the one at its height in the next column. */
export function neighbour(spine: Spine, from: Choice, way: Way): string | null {
  const group = spine.groups.find(({ path }) => path === from.stage.path);
  if (!group) return null;
  if (way === 'up' || way === 'down') return within(group, from.unit, way === 'up' ? -1 : 1);
  const step = way === 'left' ? -1 : 1;
  const columns = spine.groups.filter(({ isInput }) => !isInput);
  const height = heightOf(group, from.unit);
  for (
    let column = group.column + step;
    columns.some((each) => each.column === column);
    column += step
  ) {
    const near = columns
      .filter((each) => each.column === column)
      .sort(
        (a, b) =>
          Math.abs((a.top + a.bottom) / 2 - height) - Math.abs((b.top + b.bottom) / 2 - height),
      );
    const [next] = near;
    if (next) return joinNode(next.path, nearestUnit(next, height));
  }
  return null;
}

function within(group: Group, unit: number, step: number): string | null {
  const units = listed(group);
  const at = units.indexOf(unit);
  const next = units[at < 0 ? 0 : at + step];
  return next === undefined ? null : joinNode(group.path, next);
}

/** Units that have a place in a group's picture, from top to bottom. */
function listed(group: Group): number[] {
  const units = group.boxes.flatMap(({ unit }) => (unit === null ? [] : [unit]));
  if (units.length) return units;
  const { kind, rows } = group.portrait;
  return Array.from(
    { length: kind === 'barcode' || kind === 'chances' ? rows : 1 },
    (_, unit) => unit,
  );
}

function heightOf(group: Group, unit: number): number {
  const box = group.boxes.find((each) => each.unit === unit);
  if (box) return box.y + box.height / 2;
  const [whole] = group.boxes;
  return whole ? whole.y + ((unit + 0.5) / Math.max(1, group.portrait.rows)) * whole.height : 0;
}

function nearestUnit(group: Group, height: number): number {
  const far = (unit: number): number => Math.abs(heightOf(group, unit) - height);
  return listed(group).reduce((best, unit) => (far(unit) < far(best) ? unit : best));
}
