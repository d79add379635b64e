/** Networks for tests. */

import type { InspectedNode, Inspection, TensorSpec } from '../wire/schema';

/** A tensor: `spec('CHW', 16, 8, 8)`. */
export function spec(axes: string, ...shape: number[]): TensorSpec {
  return { axes: axes.split(''), shape, dtype: 'float32' };
}

/** A node as the service inspects it; `of` is what feeds it. */
export function node(
  path: string,
  kind: string,
  of: string[],
  more: Partial<InspectedNode> = {},
): InspectedNode {
  return {
    path,
    kind,
    elementwise: kind === 'Tanh' || kind === 'ReLU',
    repeat: 1,
    inputs: of.map((source, i) => ({ port: `input${i}`, source, spec: spec('D', 4) })),
    outputs: { output: spec('D', 4) },
    parameter_shapes: kind === 'Linear' ? { weight: [4, 4], bias: [4] } : {},
    parameters: kind === 'Linear' ? 20 : 0,
    flops: 0,
    parameter_bytes: 0,
    activation_bytes: 0,
    ...more,
  };
}

export function inspection(nodes: InspectedNode[], blocks: Inspection['blocks'] = []): Inspection {
  const memory = { parameters: 0, activations: 0, gradients: 0, optimizer: 0 };
  return {
    parameters: 0,
    flops: 0,
    memory,
    layers: nodes.length,
    outputs: {},
    nodes,
    blocks,
    problems: [],
  };
}
