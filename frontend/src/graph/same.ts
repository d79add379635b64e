/** Whether two networks' documents say the same, whatever the order of their keys. */

import type { Graph } from '../wire/schema';

/** Documents are never changed, so that each is written once. */
const written = new WeakMap<Graph, string>();

/** Compare two documents. */
export function isSame(one: Graph, other: Graph): boolean {
  return one === other || inOrder(one) === inOrder(other);
}

function inOrder(graph: Graph): string {
  const known = written.get(graph);
  if (known !== undefined) return known;
  const text = JSON.stringify(graph, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).filter(([, each]) => each !== null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  written.set(graph, text);
  return text;
}
