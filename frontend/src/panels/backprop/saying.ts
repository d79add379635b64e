/** The one sentence of a card: what happens to the gradient at this link, with its numbers. */

import type { ChainRule, Link } from '../../graph/link';
import { four, percent } from '../../graph/number';
import { plainSymbol } from '../../graph/script';

export interface Saying {
  key: string;
  values: Record<string, string | number>;
}

/** What is known of the whole network beside the link. */
export interface Beside {
  isCut: boolean;
  /** How many numbers are learned, and how many of them get no gradient. */
  learned: number;
  idle: number;
}

/** Where a gradient pushes, by its sign: against it. */
const WAYS = ['up', 'none', 'down'];

export function sayingOf(link: Link, rule: ChainRule, { isCut, learned, idle }: Beside): Saying {
  const { from, to } = link;
  const names = { from: plainSymbol(from.symbol), to: plainSymbol(to.symbol) };
  const { output, upstream, local, downstream } = rule;
  if (output === null || local === null) return { key: 'debugger.says.ahead', values: names };
  if (upstream === null || downstream === null)
    return {
      key: 'debugger.says.forward',
      values: { ...names, value: four(output), slope: four(local) },
    };
  if (isCut) return { key: 'debugger.says.cut', values: { ...names, learned, idle } };
  const values = {
    ...names,
    op: to.box,
    input: four(rule.input ?? NaN),
    local: four(local),
    upstream: four(upstream),
    downstream: four(downstream),
    share: percent(Math.abs(local), 1),
    way: WAYS[Math.sign(downstream) + 1] ?? 'none',
  };
  const kind = upstream === 0 ? 'nothing' : kindOf(link, local);
  return { key: `debugger.says.${kind}`, values };
}

function kindOf({ to }: Link, local: number): string {
  if (to.role === 'loss') return 'loss';
  if (to.role === 'activation') return Math.abs(local) <= 1 ? 'bend' : 'steep';
  return to.op === 'add' ? 'sum' : 'product';
}
