/** What an inspection says, by the paths of the document: numbers of repetitions left out. */

import type { Inspection, TensorSpec } from '../wire/schema';

type Outputs = Readonly<Record<string, TensorSpec | null>>;

/** The document's path of what an inspection names: without the numbers of repetitions. */
export function plainPath(path: string): string {
  return path
    .split('.')
    .filter((part) => !/^\d+$/.test(part))
    .join('.');
}

/** An inspection to look up in; of unequal repetitions the first speaks. */
export class Findings {
  readonly #outputs = new Map<string, Outputs>();
  readonly #parameters = new Map<string, number>();
  readonly #sees = new Map<string, readonly number[]>();

  constructor(inspection: Inspection | null) {
    const { nodes = [], blocks = [] } = inspection ?? {};
    for (const { path, outputs, sees } of nodes) this.#add(plainPath(path), outputs, sees);
    for (const { path, outputs, inputs } of blocks) {
      this.#add(plainPath(path), outputs);
      for (const { port, spec } of inputs)
        this.#add(`${plainPath(path)}.>${port}`, { output: spec ?? null });
    }
    for (const { path, parameters, repeat } of nodes) this.#count(path, parameters * repeat);
  }

  /** What a part puts out, by port. */
  outputs(path: string): Outputs {
    return this.#outputs.get(path) ?? {};
  }

  /** What comes out of a port, or of the first one. */
  spec(path: string, port = ''): TensorSpec | null {
    const outputs = this.outputs(path);
    return (port ? outputs[port] : Object.values(outputs)[0]) ?? null;
  }

  /** Learned numbers of a part with all that is inside and all repetitions. */
  parameters(path: string): number {
    return this.#parameters.get(path) ?? 0;
  }

  /** Rows and columns of the picture that one number of a layer sees; null: that is not one size. */
  field(path: string): readonly number[] | null {
    return this.#sees.get(path) ?? null;
  }

  #add(path: string, outputs: Outputs, sees?: readonly number[] | null): void {
    if (this.#outputs.has(path)) return;
    this.#outputs.set(path, outputs);
    if (sees) this.#sees.set(path, sees);
  }

  #count(path: string, parameters: number): void {
    const parts = plainPath(path).split('.');
    parts.forEach((_, i) => {
      const head = parts.slice(0, i + 1).join('.');
      this.#parameters.set(head, this.parameters(head) + parameters);
    });
  }
}
