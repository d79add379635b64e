/** Networks for tests. */

import type { Graph, InspectedNode, Inspection, TensorSpec } from '../wire/schema';
import { entrancesOf, stagesOf } from './stages';

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

/** A stack of image layers: its inspection, and the layers as a document has them. */
export interface Stack {
  nodes: InspectedNode[];
  layers: { id: string; layer: Record<string, unknown> }[];
  /** What the last layer makes, and its name. */
  at: TensorSpec;
  last: string;
}

/** Begin a stack with an image. */
export function image(channels: number, side: number): Stack {
  return { nodes: [], layers: [], at: spec('CHW', channels, side, side), last: 'x' };
}

function put(
  stack: Stack,
  id: string,
  layer: Record<string, unknown>,
  output: TensorSpec,
  shapes: Record<string, number[]> = {},
): Stack {
  const parameters = Object.values(shapes).reduce(
    (sum, shape) => sum + shape.reduce((size, length) => size * length, 1),
    0,
  );
  const made = node(id, String(layer['kind']), [], {
    inputs: [{ port: 'input', source: stack.last, spec: stack.at }],
    outputs: { output },
    parameter_shapes: shapes,
    parameters,
  });
  return {
    nodes: [...stack.nodes, made],
    layers: [...stack.layers, { id, layer }],
    at: output,
    last: id,
  };
}

/** A convolution with its tanh. */
export function conv(stack: Stack, id: string, filters: number, size: number): Stack {
  const [channels = 1, rows = 1] = stack.at.shape;
  const side = rows - size + 1;
  const layer = { kind: 'Conv2d', out_channels: filters, kernel_size: size, stride: 1, padding: 0 };
  const shapes = { weight: [filters, channels, size, size], bias: [filters] };
  const made = put(stack, id, layer, spec('CHW', filters, side, side), shapes);
  return put(made, `${id}_tanh`, { kind: 'Tanh' }, made.at);
}

/** Pooling by its own size. */
export function pool(stack: Stack, id: string, size = 2): Stack {
  const [channels = 1, rows = 1] = stack.at.shape;
  const side = Math.floor(rows / size);
  const layer = { kind: 'AvgPool2d', kernel_size: size, stride: null, padding: 0 };
  return put(stack, id, layer, spec('CHW', channels, side, side));
}

/** A linear layer; an image is laid in a row before it. */
export function linear(stack: Stack, id: string, units: number): Stack {
  const size = stack.at.shape.reduce((a, b) => a * b, 1);
  const flat =
    stack.at.axes.length > 1
      ? put(stack, `${id}_flat`, { kind: 'Flatten' }, spec('D', size))
      : stack;
  const shapes = { weight: [units, size], bias: [units] };
  return put(flat, id, { kind: 'Linear', out_features: units }, spec('D', units), shapes);
}

/** What the page knows of a stack. */
export function known({ nodes, layers }: Stack) {
  const inspected = inspection(nodes);
  return {
    inspected,
    stages: stagesOf(inspected),
    entrances: entrancesOf(inspected),
    graph: { nodes: layers.map((each) => ({ ...each, inputs: [] })) } as unknown as Graph,
  };
}

/** LeNet-5 with average pooling: 6, 16 and 120 maps, then 84 units and 10 classes. */
export function lenet(): Stack {
  const first = pool(conv(image(1, 32), 'conv1', 6, 5), 'pool1');
  const second = pool(conv(first, 'conv2', 16, 5), 'pool2');
  return linear(linear(conv(second, 'conv3', 120, 5), 'dense1', 84), 'output', 10);
}
