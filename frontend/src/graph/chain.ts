/** The chain from the loss back to a number or an edge: of several ways the one that the most flows back on. */

import type { ScalarEdge, Scalars } from '../wire/capture';
import { edgeId } from './scalars';
import type { Numbers } from './scalars';

/** Edges from the loss back to what is chosen, in this order; none where nothing leads there. */
export function chainOf({ edges, loss }: Scalars, numbers: Numbers, chosen: string): ScalarEdge[] {
  const edge = edges.find((each) => edgeId(each) === chosen);
  const flow = (each: ScalarEdge): number => Math.abs(numbers.back.get(edgeId(each)) ?? 0) || 0;
  const way: ScalarEdge[] = edge ? [edge] : [];
  for (let at = edge?.to ?? chosen; at !== loss;) {
    const out = edges.filter(({ from }) => from === at);
    const [next] = out.toSorted((a, b) => flow(b) - flow(a));
    if (!next || way.length > edges.length) return [];
    way.push(next);
    at = next.to;
  }
  return way.reverse();
}
