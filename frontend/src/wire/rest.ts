/** The routes that the page uses, by noun. */

import type { Capture, Extent, Scalars, Target } from './capture';
import { ask, askFile, askLines, fetchFile, type Download } from './http';
import type {
  AblationList,
  AblationRow,
  Catalogue,
  Comparison,
  Curves,
  FrameAnswer,
  Generated,
  Graph,
  GraphPlan,
  Imported,
  GraphDifference,
  Inspection,
  Job,
  Loop,
  OfferList,
  Prediction,
  PresetList,
  Reading,
  Run,
  RunPage,
  Source,
  Speeds,
  Sweep,
  SweepMark,
  TensorSpec,
  Taken,
  Verdicts,
  Wish,
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

/** Which layers fit where something flows, and why the others do not. */
export const offerLayers = (spec: TensorSpec): Promise<OfferList> =>
  ask('POST', `${V1}/graph/offers`, { spec });

/** What a run would keep if it went on with another network. */
export const planGraph = (run: string, graph: Graph): Promise<GraphPlan> =>
  ask('POST', `${V1}/runs/${run}/graph/plan`, graph);
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

/** Let the network say words, for a text, an example or inputs. */
export const generate = (run: string, wish: Partial<Wish>): Promise<Generated> =>
  ask('POST', `${V1}/runs/${run}/generate`, wish);

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

/** What a run can be taken home as. */
export type Export = 'pytorch' | 'notebook' | 'onnx' | 'safetensors' | 'job';

/** Fetch a run as a file. */
export const exportRun = (run: string, kind: Export): Promise<Download> =>
  fetchFile(`${V1}/runs/${run}/export/${kind}`);

/** Give a run the weights of a file, safetensors or ONNX; `partial`: those that fit. */
export const takeWeights = (run: string, file: Blob, partial: boolean): Promise<Taken> =>
  askFile(`${V1}/runs/${run}/weights?partial=${partial}`, file);

/** Read a network from an ONNX file. */
export const graphOfOnnx = (file: Blob): Promise<Imported> => askFile(`${V1}/graph/onnx`, file);

/** Read a network from PyTorch source, which is never executed. */
export const graphOfSource = (text: string): Promise<Reading> =>
  ask('POST', `${V1}/graph/source`, { text });

/** Measure how speed depends on the size of the batch. */
export const measureSpeed = (run: string): Promise<Speeds> =>
  ask('GET', `${V1}/runs/${run}/throughput`);

export type AnyAblation = AblationRow['ablation'];

/** What can be done otherwise in a run, one thing at a time, and the runs in which that was tried. */
export const listAblations = (run: string): Promise<AblationList> =>
  ask('GET', `${V1}/runs/${run}/ablations`);

/** Train a run that differs in one thing, as far as this one has come. */
export const ablate = (run: string, ablation: AnyAblation): Promise<Run> =>
  ask('POST', `${V1}/runs/${run}/ablations`, { ablation });

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

/** Write a network as PyTorch, also where its sizes do not fit. */
export const writeSource = (graph: Graph, name: string): Promise<Source> =>
  ask('POST', `${V1}/graph/source/write`, { graph, name });

/** Read a network from PyTorch. Nothing of it is executed; what cannot be represented is explained. */
export const readSource = (text: string): Promise<Reading> =>
  ask('POST', `${V1}/graph/source`, { text });

/** How a run is trained, as PyTorch. */
export const getLoop = (run: string): Promise<Loop> => ask('GET', `${V1}/runs/${run}/source/loop`);

/** Where a run is taken home from. */
export const exportAddress = (run: string, kind: 'pytorch' | 'notebook'): string =>
  `${V1}/runs/${run}/export/${kind}`;

/** The computational graph of a step, forward and backward. */
export const getCapture = (run: string, extent: Extent): Promise<Capture> =>
  ask('GET', `${V1}/runs/${run}/graph?extent=${extent}`);

/** The same number by number, for a small network. */
export const getScalars = (run: string): Promise<Scalars> =>
  ask('GET', `${V1}/runs/${run}/graph/scalars`);

/** Gradients beside differences of the loss; `example` null: of the minibatch of the next step. */
export const checkGradients = (
  run: string,
  targets: readonly Target[],
  example: number | null,
): Promise<Verdicts> => ask('POST', `${V1}/runs/${run}/check`, { targets, example });
