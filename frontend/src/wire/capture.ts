/** A captured step, its scalars, and where a run stands within a step: names of the page for what the server answers. */

import type {
  BackwardEntry,
  Checked,
  OperationEntry,
  ScalarCurve,
  ScalarGraph,
  ScalarLine,
  ScalarSymbol,
  Walk,
} from './schema';

export type {
  Capture,
  Fold,
  Operation,
  Scalar,
  ScalarEdge,
  ScalarGroup,
  ScalarStep,
  Value,
} from './schema';

export type Extent = 'example' | 'minibatch';
/** A letter with what stands below it in small digits: h and ₁. */
export type Letter = ScalarSymbol;
/** A line of algebra; `of`: the scalar that it is about. */
export type Line = ScalarLine;
/** A function of one number, as points of its curve. */
export type Drawn = ScalarCurve;
/** A small network number by number. */
export type Scalars = ScalarGraph;
/** Where a run stands within its step. */
export type Position = Walk;
/** A gradient that can be checked: of one number of a parameter, or of one unit's output. */
export type Target = Checked['target'];
/** What the referee says of one gradient. */
export type Check = Checked;
/** A wrong backward pass that a layer can be given. */
export type Mistake = BackwardEntry;
/** What people know of one function: how it goes forward, and how the gradient goes back through it. */
export type OperationCard = OperationEntry;
