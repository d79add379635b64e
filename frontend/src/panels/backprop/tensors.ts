/** Which call of a large network's step the panels are about, and which tensors are watched for it. */

import { Calls } from '../../graph/calls';
import type { Tank } from '../../run/tank.svelte';
import type { Capture, Operation } from '../../wire/capture';
import type { ProbeSettings } from '../../wire/probes';

let known: { capture: Capture; calls: Calls } | null = null;

/** The calls of the captured step; the same object for the same step. */
export function callsOf(tank: Tank): Calls | null {
  const { capture } = tank.backprop;
  if (!capture) return null;
  if (known?.capture !== capture) known = { capture, calls: new Calls(capture) };
  return known.calls;
}

/** The call that is chosen; else the one that was done last; else the last before the loss. */
export function operationOf(tank: Tank): Operation | null {
  const calls = callsOf(tank);
  const { capture, chosen } = tank.backprop;
  if (!calls || !capture) return null;
  const { turn } = tank.stepping;
  return (
    (chosen === null ? undefined : calls.find(chosen)) ??
    (turn?.of ? calls.get(turn.of) : undefined) ??
    calls.find(capture.loss) ??
    null
  );
}

/** What shows mean and size of all values, and some of them in full. */
export function operationsProbe(tank: Tank, values: readonly string[]): ProbeSettings {
  const { extent } = tank.backprop;
  return { kind: 'operations', extent, example: tank.cursor.example, values };
}
