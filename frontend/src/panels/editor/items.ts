/** The stack as it is drawn: each row with the wire that it stands on, and what is said of both. */

import type { Problem, TensorSpec } from '../../wire/schema';
import { isBlock } from '../../graph/edit';
import { named, join } from '../../graph/parts';
import type { Facts, Row } from '../../graph/stack';
import { sizeOf } from '../../graph/stages';

/** What flows in a wire. */
export interface Flow {
  /** What flows in it, and what did before the edits. */
  spec: TensorSpec | undefined;
  was: TensorSpec | undefined;
  /** Path of where it comes from, if that is not the row above. */
  from: string | null;
}

export interface Item {
  path: string;
  row: Row;
  flow: Flow;
  /** Whether its wire only leads from a layer to what bends its numbers. */
  isThin: boolean;
  parameters: number;
  /** Rows and columns of the picture that one of its numbers sees; null: nothing is said. */
  field: readonly [number, number] | null;
  problems: readonly Problem[];
}

/** What is known of a network that is drawn as a stack. */
export interface Known {
  facts: Facts;
  before: Facts;
  problems: readonly Problem[];
  /** Kinds that only bend each number. */
  bends: ReadonlySet<string>;
}

/** What flows in a wire from `source`, which ends at the row `at`. */
export function flowOf(
  source: string | undefined,
  scope: string,
  { facts, before }: Known,
  above: string | undefined,
): Flow {
  const path = source === undefined ? '' : join(scope, named(source));
  return {
    spec: facts.spec(path),
    was: before.spec(path),
    from: path !== '' && path !== above ? path : null,
  };
}

export function itemsOf(rows: readonly Row[], known: Known): Item[] {
  const said = new Map<string, Problem[]>(rows.map(({ path }) => [path, []]));
  for (const problem of known.problems) said.get(problem.node)?.push(problem);
  return rows.map((row, at) => {
    const { path } = row;
    const above = rows[at - 1]?.path;
    const isBend = !isBlock(row.part) && known.bends.has(row.part.layer.kind);
    return {
      path,
      row,
      flow: flowOf(row.wires[0]?.source, row.scope, known, above),
      isThin: at > 0 && isBend && row.from === above,
      parameters: known.facts.parameters(path),
      field: isBend ? null : known.facts.field(path),
      problems: said.get(path) ?? [],
    };
  });
}

/** The greatest number of values of any row's output, and of parameters of any row. */
export function mostsOf(
  rows: readonly Row[],
  { facts }: Known,
): { values: number; parameters: number } {
  return {
    values: Math.max(1, ...rows.map(({ path }) => sizeOf(facts.spec(path) ?? null))),
    parameters: Math.max(1, ...rows.map(({ path }) => facts.parameters(path))),
  };
}

/** Connections that skip rows, between the middles of rows. */
export interface Arc {
  from: number;
  to: number;
  depth: number;
  name: string;
}

export function arcsOf(rows: readonly Row[], middle: ReadonlyMap<string, number>): Arc[] {
  return rows.flatMap((row) =>
    row.wires.slice(1).flatMap(({ source, end }, depth) => {
      const from = middle.get(join(row.scope, named(source))) ?? 8;
      const to = middle.get(row.path);
      if (to === undefined || to <= from) return [];
      return [{ from, to, depth, name: `${row.path} ${end.port}` }];
    }),
  );
}
