/** A network that is compared with another: of a run, or of the gallery. */

import { fullNameOf } from '../../run/naming';
import type { Catalogue, Graph, PresetAnswer, Run } from '../../wire/schema';

export interface Plan {
  name: string;
  graph: Graph;
  /** How a run does: the last values that were measured on what it holds out. */
  accuracy: number | null;
  loss: number | null;
}

export function planOf(run: Run, catalogue: Catalogue | null): Plan {
  const { validation_accuracy: accuracy = null, validation_loss: loss = null } = run.latest;
  return { name: fullNameOf(run, catalogue), graph: run.job.graph, accuracy, loss };
}

export function planOfPreset({ title, graph }: PresetAnswer): Plan {
  return { name: title, graph, accuracy: null, loss: null };
}
