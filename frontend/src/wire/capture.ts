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
  /** The value that is its whole gradient; empty: it has none. */
  gradient: string;
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

/** A letter with what stands below it in small digits: h and ₁. */
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
  /** Fixed numbers in the function. */
  constants: Record<string, number>;
  /** The function in a small box; of what is given, its symbol. */
  box: string;
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
  /** ∂to/∂from in symbols; empty: `from` is a constant. */
  slope: string;
  /** What cuts this very edge, as a job holds it; null: it cannot be cut. */
  tamper: Record<string, unknown> | null;
}

/** A line of algebra; `of`: the scalar that it is about. */
export interface Line {
  left: string;
  /** `+=`: a part of a sum, of which something was known before. */
  relation: '=' | '+=' | '←';
  right: string;
  of: string;
  /** Backward: the edges, by their place in the list, over which the number comes. */
  edges: number[];
}

export interface ScalarStep {
  phase: 'forward' | 'backward' | 'update';
  /** The scalar that is computed, or whose gradient is handed on; empty: the update. */
  of: string;
  /** Those whose value, whole gradient or next value is known from here on. */
  scalars: string[];
  /** Those whose gradient has got a part here, and waits for others. */
  partial: string[];
  lines: Line[];
  operation: string;
}

/** A small network number by number. */
export interface Scalars {
  key: string;
  version: 1;
  scalars: Scalar[];
  edges: ScalarEdge[];
  groups: ScalarGroup[];
  steps: ScalarStep[];
  columns: number;
  rows: number;
  /** The scalar at the end: loss and penalty. */
  loss: string;
}

/** All that belongs to one unit of a dense layer. */
export interface ScalarGroup {
  node: string;
  unit: number;
  /** The scalar that a folded box stands for. */
  output: string;
  scalars: string[];
  top: number;
  bottom: number;
}

/** Where a run stands within its step. */
export interface Position {
  at: number;
  of: number;
  level: 'scalars' | 'operations';
  extent: Extent;
}

/** A gradient that can be checked: of one number of a parameter, or of one unit's output. */
export type Target =
  { parameter: string; index: readonly number[] } | { node: string; index: readonly number[] };

/** What the referee says of one gradient. */
export interface Check {
  target: Target;
  autograd: number;
  difference: number;
  /** Relative. */
  error: number;
  h: number;
  verdict: 'agrees' | 'differs' | 'kink';
}

/** What people know of one function: how it goes forward, and how the gradient goes back through it. */
export interface OperationCard {
  kind: string;
  title: string;
  help: string;
  /** For a small box. */
  symbol: string;
  /** Names of functions of torch, with or without the overload. */
  operations: string[];
  /** LaTeX. */
  forward: string;
  /** LaTeX, a line for each input. */
  backward: string[];
}

/** A wrong backward pass that a layer can be given. */
export interface Mistake {
  kind: string;
  title: string;
  help: string;
  layers: string[];
  /** LaTeX: what should be sent back, and what is instead. */
  formula: string;
  mistake: string;
}
