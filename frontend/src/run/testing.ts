/** A job and the shelves around it, for tests. */

import type { Catalogue, Job } from '../wire/schema';

const number = (value: number, low: number, high: number): object => ({
  type: 'number',
  default: value,
  minimum: low,
  maximum: high,
});

export const CATALOGUE = {
  layers: [
    {
      kind: 'Linear',
      title: 'Linear',
      help: '',
      settings: { properties: { out_features: { type: 'integer', minimum: 1 } } },
    },
    { kind: 'Tanh', title: 'Tanh', help: '', settings: {} },
    { kind: 'ReLU', title: 'ReLU', help: '', settings: {} },
  ],
  datasets: [
    {
      kind: 'Circles',
      title: 'circles',
      help: '',
      target: 'class',
      inputs: { x: { axes: ['D'] } },
      settings: {
        properties: {
          features: { type: 'array' },
          samples: { type: 'integer', default: 240, minimum: 2, maximum: 5000 },
          noise: number(0.1, 0, 1),
          gap: number(0.5, 0, 1),
        },
      },
    },
    {
      kind: 'Logic',
      title: 'truth table',
      help: '',
      target: 'class',
      inputs: { x: { axes: ['D'] } },
      settings: {
        properties: { features: { type: 'array' }, gate: { enum: ['and', 'or'], default: 'and' } },
      },
    },
    {
      kind: 'Surface',
      title: 'surface',
      help: '',
      target: 'real',
      inputs: { x: { axes: ['D'] } },
      settings: { properties: { features: { type: 'array' } } },
    },
    {
      kind: 'Glyphs',
      title: 'glyphs',
      help: '',
      target: 'class',
      inputs: { x: { axes: ['H', 'W'] } },
      settings: {},
    },
  ],
  tasks: [
    {
      kind: 'Classification',
      title: 'Classification',
      help: '',
      use: 'classify',
      losses: ['CrossEntropy', 'SquaredError'],
      settings: {},
    },
  ],
  losses: [
    { kind: 'CrossEntropy', title: 'cross-entropy', help: '', formula: '', settings: {} },
    { kind: 'SquaredError', title: 'squared error', help: '', formula: '', settings: {} },
    { kind: 'Hinge', title: 'hinge', help: '', formula: '', settings: {} },
  ],
  regularisers: [
    {
      kind: 'NoPenalty',
      title: 'no penalty',
      help: '',
      formula: '0',
      settings: { properties: { strength: number(1e-4, 0, 1e6) } },
    },
    {
      kind: 'L2',
      title: 'L2',
      help: '',
      formula: 'w',
      settings: { properties: { strength: number(1e-4, 0, 1e6) } },
    },
  ],
  optimizers: [
    {
      kind: 'SGD',
      title: 'SGD',
      help: '',
      settings: {
        properties: {
          lr: number(0.1, 0, 1e6),
          momentum: number(0, 0, 1),
          nesterov: { type: 'boolean', default: false },
        },
      },
      variants: {
        SGD: { momentum: 0, nesterov: false },
        momentum: { momentum: 0.9, nesterov: false },
        Nesterov: { momentum: 0.9, nesterov: true },
      },
    },
    {
      kind: 'Adam',
      title: 'Adam',
      help: '',
      settings: { properties: { lr: number(0.1, 0, 1e6), beta1: number(0.9, 0, 1) } },
      variants: {},
    },
  ],
  schedules: [
    { kind: 'Constant', title: 'constant', help: '', settings: {} },
    {
      kind: 'StepDrop',
      title: 'dropping',
      help: '',
      settings: { properties: { gamma: number(0.5, 0, 1) } },
    },
  ],
  init: [],
  backwards: [],
  probes: [],
} as unknown as Catalogue;

const linear = (id: string, width: number, from: string): object => ({
  id,
  layer: { kind: 'Linear', out_features: width, bias: true },
  inputs: [from],
});
const tanh = (id: string, from: string): object => ({
  id,
  layer: { kind: 'Tanh' },
  inputs: [from],
});

export const JOB = {
  title: 'MLP separates two circles',
  name: '',
  graph: {
    version: 1,
    inputs: { x: { axes: ['D'], shape: [2], dtype: 'float32' } },
    nodes: [
      linear('hidden1', 4, 'x'),
      tanh('hidden1_tanh', 'hidden1'),
      linear('hidden2', 3, 'hidden1_tanh'),
      tanh('hidden2_tanh', 'hidden2'),
      linear('output', 1, 'hidden2_tanh'),
      tanh('output_tanh', 'output'),
    ],
    outputs: { y: 'output_tanh' },
    tied: [],
  },
  dataset: { kind: 'Circles', features: ['x1', 'x2'], samples: 240, noise: 0.1, gap: 0.5 },
  task: { kind: 'Classification' },
  loss: { kind: 'SquaredError' },
  regulariser: { kind: 'NoPenalty', strength: 1e-4 },
  optimizer: { kind: 'SGD', lr: 0.2, momentum: 0, nesterov: false },
  schedule: { kind: 'Constant' },
  batch: { policy: 'minibatch', size: 16, buckets: false },
  steps: 2000,
  seed: 5,
  precision: 'float32',
  engine: 'auto',
  device: 'auto',
} as unknown as Job;
