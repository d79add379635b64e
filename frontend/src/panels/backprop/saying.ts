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

const BENDS = new Set(['activation']);

export function sayingOf(link: Link, rule: ChainRule, { isCut, learned, idle }: Beside): Saying {
  const { from, to } = link;
  const names = { from: plainSymbol(from.symbol), to: plainSymbol(to.symbol) };
  if (rule.output === null) return { key: 'debugger.says.ahead', values: names };
  if (rule.upstream === null || rule.downstream === null || rule.local === null)
    return {
      key: 'debugger.says.forward',
      values: { ...names, value: four(rule.output), slope: four(rule.local ?? NaN) },
    };
  if (isCut) return { key: 'debugger.says.cut', values: { ...names, learned, idle } };
  const values = {
    ...names,
    op: to.box,
    input: four(rule.input ?? NaN),
    local: four(rule.local),
    upstream: four(rule.upstream),
    downstream: four(rule.downstream),
    share: percent(Math.abs(rule.local), 1),
    way: rule.downstream < 0 ? 'up' : rule.downstream > 0 ? 'down' : 'none',
  };
  if (rule.upstream === 0) return { key: 'debugger.says.nothing', values };
  return { key: `debugger.says.${kindOf(link, rule.local)}`, values };
}

function kindOf({ to }: Link, local: number): string {
  if (to.role === 'loss') return 'loss';
  if (BENDS.has(to.role)) return Math.abs(local) <= 1 ? 'bend' : 'steep';
  return to.op === 'add' ? 'sum' : 'product';
}
