/** A captured step, its scalars, and where a run stands within a step: as the server answers them. */

/** One tensor. */
export interface Value {
  id: string;
  shape: number[];
  axes: string[];
  dtype: string;
  role: 'input' | 'parameter' | 'buffer' | 'seed' | 'forward' | 'gradient' | 'backward';
  /** Path of the parameter, or name of the batch's tensor; else empty. */
  name: string;
  /** Of a gradient: the value that it belongs to. */
  of: string;
  saved: boolean;
}

/** One call of one function of torch. */
export interface Operation {
  id: string;
  op: string;
  title: string;
  phase: 'forward' | 'backward';
  part: 'network' | 'loss' | 'regulariser';
  node: string;
  /** Of the way back: the forward operation whose derivative it helps to compute. */
  pair: string;
  arguments: unknown[];
  keywords: Record<string, unknown>;
  inputs: string[];
  outputs: string[];
  flops: number;
}

/** A node or block that can be shown as one thing. */
export interface Fold {
  path: string;
  kind: string;
  parent: string;
  repeat: number;
}

export type Extent = 'example' | 'minibatch';

/** The computational graph of one step. */
export interface Capture {
  version: 1;
  key: string;
  extent: Extent;
  examples: number;
  values: Value[];
  forward: Operation[];
  backward: Operation[];
  folds: Fold[];
  loss: string;
  gradients: Record<string, string>;
}

/** A letter with what stands below it: h and 1. */
export interface Letter {
  base: string;
  sub: string;
}

/** One number of a small network. */
export interface Scalar {
  id: string;
  symbol: Letter;
  role: 'input' | 'weight' | 'bias' | 'target' | 'product' | 'sum' | 'activation' | 'loss';
  op: string;
  inputs: string[];
  node: string;
  unit: number | null;
  parameter: string;
  index: number[];
  operation: string;
  column: number;
  row: number;
}

export interface ScalarEdge {
  from: string;
  to: string;
  /** What cuts this very edge, as a job holds it; null: it cannot be cut. */
  tamper: Record<string, unknown> | null;
}

/** A line of algebra; `of`: the scalar that it is about. */
export interface Line {
  left: string;
  right: string;
  of: string;
}

export interface ScalarStep {
  phase: 'forward' | 'backward' | 'update';
  /** What becomes known at this step. */
  scalars: string[];
  lines: Line[];
  operation: string;
}

/** A small network number by number. */
export interface Scalars {
  key: string;
  version: 1;
  scalars: Scalar[];
  edges: ScalarEdge[];
  steps: ScalarStep[];
}

/** Where a run stands within its step. */
export interface Position {
  at: number;
  of: number;
  level: 'scalars' | 'operations';
  extent: Extent;
}
