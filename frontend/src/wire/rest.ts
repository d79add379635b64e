/** The routes that the page uses, by noun. */

import { ask, askLines } from './http';
import type {
  Catalogue,
  Comparison,
  Curves,
  FrameAnswer,
  Graph,
  GraphDifference,
  Inspection,
  Job,
  Prediction,
  PresetList,
  Run,
  RunPage,
  Speeds,
  Sweep,
  SweepMark,
} from './schema';

const V1 = '/api/v1';

/** The run that all first visits share. */
export const startDemo = (): Promise<Run> => ask('POST', `${V1}/demo`);

export const getRun = (run: string): Promise<Run> => ask('GET', `${V1}/runs/${run}`);

export const listRuns = (offset = 0, limit = 50): Promise<RunPage> =>
  ask('GET', `${V1}/runs?offset=${offset}&limit=${limit}`);

export const deleteRun = (run: string): Promise<void> => ask('DELETE', `${V1}/runs/${run}`);

/** Make a run of a whole job; it waits for `play`. */
export const createRun = (job: Job): Promise<Run> => ask('POST', `${V1}/runs`, job);

export const createRunOf = (preset: string): Promise<Run> => ask('POST', `${V1}/runs`, { preset });

/** Make a run of one's own that begins where another is, or was. */
export const forkRun = (run: string, step: number | null): Promise<Run> =>
  ask('POST', `${V1}/runs/${run}/fork`, { step });

export const getCatalogue = (): Promise<Catalogue> => ask('GET', `${V1}/catalogue`);

export const listPresets = (): Promise<PresetList> => ask('GET', `${V1}/presets`);

export const inspectGraph = (graph: Graph): Promise<Inspection> =>
  ask('POST', `${V1}/inspect`, graph);

/** In what two networks differ, node by node. */
export const getGraphDifference = (before: Graph, after: Graph): Promise<GraphDifference> =>
  ask('POST', `${V1}/graph/difference`, { before, after });

/** Points of all curves behind step `after`; ask on as long as there is a `next`. */
export const getCurves = (run: string, after: number): Promise<Curves> =>
  ask('GET', `${V1}/runs/${run}/metrics?after=${after}`);

/** Use the network on examples, each a list of lists, as it is now (null) or was at a past step. */
export const predict = (
  run: string,
  inputs: Record<string, unknown[]>,
  step: number | null,
): Promise<Prediction> => ask('POST', `${V1}/runs/${run}/predict`, { inputs, step });

export const playRun = (run: string): Promise<Run> =>
  ask('POST', `${V1}/runs/${run}/play`, { pace: null });

export const pauseRun = (run: string): Promise<Run> => ask('POST', `${V1}/runs/${run}/pause`, {});

/** Whole curves of these names, each in at most so many points. */
export const getOutlines = (
  run: string,
  names: readonly string[],
  points: number,
): Promise<Curves> =>
  ask(
    'GET',
    `${V1}/runs/${run}/metrics?points=${points}${names.map((name) => `&curve=${name}`).join('')}`,
  );

/** In which words another run's job differs. */
export const getDifference = (run: string, other: string): Promise<Comparison> =>
  ask('GET', `${V1}/runs/${run}/difference?other=${other}`);

/** One probe, now, in true numbers. */
export const getProbe = (run: string, probe: string): Promise<FrameAnswer> =>
  ask('GET', `${V1}/runs/${run}/probe/${probe}`);

/** Measure how speed depends on the size of the batch. */
export const measureSpeed = (run: string): Promise<Speeds> =>
  ask('GET', `${V1}/runs/${run}/throughput`);

/** The end of a sweep: where it began, and what computed it: `lockstep`, or the engine of copies that took turns. */
export interface SweepEnd {
  from: number;
  engine: string;
}

/** Train copies that differ in one number; marks come as they are reached. */
export const sweepRun = (
  run: string,
  question: Sweep,
  signal: AbortSignal,
): AsyncGenerator<SweepMark | SweepEnd> => askLines(`${V1}/runs/${run}/sweep`, question, signal);
