/** The layer of a node, as the network's document describes it. */

import type { Block, Graph, Node } from '../wire/schema';

type Settings = Readonly<Record<string, unknown>>;

/** Look a layer's settings up by the path of its node; empty where there is none. */
export function layerAt(graph: Pick<Graph, 'nodes'>, path: string): Settings {
  let nodes: readonly (Node | Block)[] = graph.nodes;
  const parts = path.split('.');
  while (parts.length) {
    const id = parts.shift();
    const node = nodes.find((each) => each.id === id);
    if (!node) return {};
    if ('layer' in node) return parts.length ? {} : node.layer;
    if (node.repeat) parts.shift();
    nodes = node.block.nodes;
  }
  return {};
}

/** The window that a layer slides over its input, as `5×5`; null if it has none. */
export function windowOf(settings: Settings): string | null {
  const size = settings['kernel_size'];
  const sides = Array.isArray(size) ? (size as unknown[]) : [size, size];
  return sides.every((side) => typeof side === 'number') ? sides.join('×') : null;
}
