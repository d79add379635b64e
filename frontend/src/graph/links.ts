/** What joins the columns of a spine: which stage reads which, and which of them still lie on a grid. */

import type { Bracket, Group, Link } from './spine';
import { filtersOf, shownOrigin, weightOf } from './stages';
import type { Stage } from './stages';

/** Room between a bracket's level and the foot of its column. */
const UNDER = 15;

/** Find what every stage reads, and how that is drawn. */
export function linksOf(stages: readonly Stage[], groups: readonly Group[]): Link[] {
  const at = new Map(groups.map((group) => [group.path, group]));
  return stages.flatMap((stage) => {
    const to = at.get(stage.path);
    if (!to) return [];
    return [...new Set(stage.sources.map((source) => shownOrigin(source, stages)))].flatMap(
      (origin): Link[] => {
        const from = at.get(origin);
        if (!from) return [];
        const detour = to.column - from.column > 1;
        return [
          {
            from: origin,
            to: stage.path,
            kind: detour ? 'fan' : linkKind(stage, from, to),
            detour,
          },
        ];
      },
    );
  });
}

function linkKind(stage: Stage, from: Group, to: Group): Link['kind'] {
  const apart = (group: Group): boolean => group.boxes.every((box) => box.unit !== null);
  if (!apart(to)) return 'band';
  const weight = weightOf(stage);
  if (weight && apart(from) && weight.columns === from.portrait.count) return 'units';
  if (from.boxes.length === 1) return 'fan';
  if (!apart(from) || to.portrait.kind !== 'tile' || from.portrait.kind !== 'tile') return 'band';
  return isChannelwise(stage, from, to) ? 'each' : 'units';
}

/** Whether every map is made from the one map of the same number. */
function isChannelwise(stage: Stage, from: Group, to: Group): boolean {
  const filters = filtersOf(stage);
  const mixes = filters !== null && filters.shape[1] !== 1;
  return !mixes && from.portrait.count === to.portrait.count;
}

/** Sum up what lies on a grid and what does not; nothing where a network has only one of the two. */
export function bracketsOf(groups: readonly Group[], stages: readonly Stage[]): Bracket[] {
  const parameters = new Map(stages.map((stage) => [stage.path, stage.parameters]));
  const ordered = groups.toSorted((a, b) => a.column - b.column);
  const brackets: Bracket[] = [];
  for (const group of ordered) {
    const own = parameters.get(group.path) ?? 0;
    const last = brackets.at(-1);
    const right = group.x + group.width;
    if (last?.kept === group.hasGrid) {
      last.right = Math.max(last.right, right);
      last.parameters += own;
    } else {
      const y = group.bottom + group.foot - UNDER;
      brackets.push({ kept: group.hasGrid, left: group.x, right, y, parameters: own });
    }
  }
  return brackets.length > 1 ? brackets : [];
}
