/** What was done to a network in the editor, document by document. */

import type { Begins } from '../graph/begins';
import type { Effect, Graph } from '../wire/schema';

/** One document on the way, and how it came about. */
export interface Edit {
  /** What was done, in words; empty: it was not done here. */
  label: string;
  graph: Graph;
  /** How the weights of parts begin that are only here. */
  begins: Begins;
  /** What happened when the run went on with it; null: it was not applied. */
  effect: Effect | null;
}

/** An edit as it is listed. */
export interface ListedEdit extends Edit {
  isPending: boolean;
}

/** Before any network is known. */
export const START: Edit = {
  label: '',
  graph: { version: 1, inputs: {}, nodes: [], outputs: {}, tied: [] },
  begins: {},
  effect: null,
};
