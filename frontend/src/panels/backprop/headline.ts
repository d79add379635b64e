/** What a card is about, in one line. */

import { plainSymbol } from '../../graph/script';
import { say } from '../../messages/say';
import type { Tank } from '../../run/tank.svelte';
import { cardFor } from './cards';
import type { Focus } from './focus.svelte';
import { callsOf, operationOf } from './tensors';

/** The chosen number as its operation makes it; of a large network the call of the function. */
export function headlineOf(tank: Tank, { net, link }: Focus): string {
  if (!net) return callHeadline(tank);
  if (!link) return '';
  const step = net.document.steps.find(({ phase, of }) => phase === 'forward' && of === link.to.id);
  const [line] = step?.lines ?? [];
  return line ? `${line.left} = ${line.right}` : plainSymbol(link.to.symbol);
}

function callHeadline(tank: Tank): string {
  const operation = operationOf(tank);
  const calls = callsOf(tank);
  if (!operation || !calls) return '';
  const { title: name } = calls.forwardOf(operation);
  const entry = cardFor(tank, name);
  return entry ? say('debugger.call', { title: entry.title, name }) : name;
}
