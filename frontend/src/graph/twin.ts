/** Networks that do the same with attention and without it. */

import type { Graph, Job, PresetAnswer } from '../wire/schema';
import { everyPart, isBlock } from './parts';
import { attends, recurs } from './rails';

/** Kinds of all layers, those in blocks too. */
function kindsOf(graph: Graph): { kind: string }[] {
  return everyPart(graph).flatMap(({ part }) => (isBlock(part) ? [] : [part.layer]));
}

/** Whether any layer looks at places, with weights that can be seen. */
export const isAttentive = (graph: Graph): boolean => kindsOf(graph).some(attends);

const isRecurrent = (graph: Graph): boolean => kindsOf(graph).some(recurs);

/** Of the ready-made recurrent networks for these data and this task the one that is most like a job's, but for its
 *  attention; null: there is none. */
export function twinOf(job: Job, presets: readonly PresetAnswer[]): PresetAnswer | null {
  if (!isRecurrent(job.graph)) return null;
  const likeness = new Map(
    presets
      .filter((preset) => isTwin(job, preset))
      .map((preset) => [preset, shared(job.graph, preset.graph)]),
  );
  const [best = null] = [...likeness].sort(([, one], [, other]) => other - one)[0] ?? [];
  return best;
}

function isTwin({ graph, dataset, task }: Job, preset: PresetAnswer): boolean {
  return (
    preset.refusal === null &&
    preset.job?.dataset.kind === dataset.kind &&
    preset.job.task.kind === task.kind &&
    isRecurrent(preset.graph) &&
    isAttentive(preset.graph) !== isAttentive(graph)
  );
}

/** How many parts of both are of one name and kind. */
function shared(one: Graph, other: Graph): number {
  const names = (graph: Graph): string[] =>
    graph.nodes.map((part) => `${part.id} ${isBlock(part) ? '' : part.layer.kind}`);
  const known = new Set(names(one));
  return names(other).filter((name) => known.has(name)).length;
}

/** All of a job but its network, and but what is said of layers of that by their names. */
export function besides(job: Job): Partial<Job> {
  const { dataset, task, loss, regulariser, optimizer, schedule } = job;
  const { batch, steps, seed, precision, device } = job;
  const what = { dataset, task, loss, regulariser, optimizer, schedule };
  return { ...what, batch, steps, seed, precision, device };
}
