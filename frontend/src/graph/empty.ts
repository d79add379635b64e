/** A network with nothing in it but what the data ask for: their numbers in a row, and the answer. */

import type { Graph, Inspection, Node } from '../wire/schema';
import { partAt } from './edit';
import { isBlock, named } from './parts';

/** The emptiest network that answers as another one does: as many numbers, bent in the same way at the end. */
export function emptyOf(graph: Graph, inspection: Inspection): Graph {
  const [[input, given] = ['x', null]] = Object.entries(graph.inputs);
  const outputs = Object.keys(graph.outputs);
  const isFlat = (given?.shape.length ?? 1) <= shapeOf(inspection, outputs[0]).length;
  const flatten = { kind: 'Flatten', start_axis: null, end_axis: -1, axis: 'D' };
  const nodes: Node[] = isFlat ? [] : [node('flatten', flatten, input)];
  const from = isFlat ? input : 'flatten';
  const ends = outputs.map((name, number): [string, string] => {
    const id = number ? `output_${name}` : 'output';
    const width = shapeOf(inspection, name).at(-1) ?? 1;
    nodes.push(node(id, { kind: 'Linear', out_features: width, bias: true }, from));
    const bend = bendOf(graph, inspection, name);
    if (bend) nodes.push(node(`${id}_bend`, bend, id));
    return [name, bend ? `${id}_bend` : id];
  });
  return { ...graph, nodes, outputs: Object.fromEntries(ends), tied: [] };
}

function shapeOf(inspection: Inspection, output: string | undefined): readonly number[] {
  return inspection.outputs[output ?? '']?.shape ?? [];
}

/** What bends the numbers of an output last; null: nothing. */
function bendOf(graph: Graph, inspection: Inspection, output: string): object | null {
  const last = partAt(graph, named(graph.outputs[output] ?? ''));
  const isBend = last && !isBlock(last) && isElementwise(inspection, last.id);
  return isBend ? last.layer : null;
}

function node(id: string, layer: object, source: string): Node {
  return { id, layer: layer as Node['layer'], inputs: [source] };
}

function isElementwise(inspection: Inspection, path: string): boolean {
  return inspection.nodes.find((node) => node.path === path)?.elementwise ?? false;
}
