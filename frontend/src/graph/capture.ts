/** A captured step as a thing to ask: what makes and reads a value, which folds lie around it, what a path leads through. */

import type { Capture, Fold, Operation, Value } from '../wire/capture';

/** What the loss and the regulariser compute is folded like a layer; no path begins like this. */
export const LOSS = '~loss';
export const REGULARISER = '~regulariser';

/** A thing that lies somewhere among the folds: an operation, or a value that nothing computes. */
export interface Item {
  id: string;
  /** The innermost fold around it; empty: none. */
  home: string;
}

/** What is found by its name. */
export interface Found {
  /** Operation or value; of a fold, its path. */
  id: string;
  sort: 'fold' | 'operation' | 'value';
  label: string;
  hint: string;
  home: string;
}

export class Atlas {
  readonly capture: Capture;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly values: ReadonlyMap<string, Value>;
  readonly folds: ReadonlyMap<string, Fold>;
  /** The operation that makes a value. */
  readonly maker: ReadonlyMap<string, Operation>;
  /** The operations that read a value, each once. */
  readonly readers: ReadonlyMap<string, readonly Operation[]>;
  /** Of every value of the way back: those forward whose gradient it is, or a part of it. */
  readonly belongs: ReadonlyMap<string, readonly string[]>;
  readonly #lines = new Map<string, readonly string[]>();
  readonly #order: ReadonlyMap<string, number>;

  constructor(capture: Capture) {
    this.capture = capture;
    const operations = [...capture.forward, ...capture.backward];
    this.operations = new Map(operations.map((operation) => [operation.id, operation]));
    this.#order = new Map(operations.map(({ id }, i) => [id, i]));
    this.values = new Map(capture.values.map((value) => [value.id, value]));
    this.folds = foldsOf(capture);
    this.maker = new Map(
      operations.flatMap((operation) =>
        operation.outputs.filter(Boolean).map((id) => [id, operation] as const),
      ),
    );
    const readers = new Map<string, Operation[]>();
    for (const operation of operations) {
      for (const id of operation.inputs) {
        const known = readers.get(id);
        if (known) known.push(operation);
        else readers.set(id, [operation]);
      }
    }
    this.readers = readers;
    this.belongs = belongings(this);
  }

  /** All things: operations in their order, and the values that nothing computes. */
  get given(): readonly Value[] {
    return this.capture.values.filter(({ id }) => !this.maker.has(id));
  }

  /** The fold that an operation lies in. */
  homeOf({ node, part }: Operation): string {
    if (node && this.folds.has(node)) return node;
    if (part === 'network') return '';
    return part === 'loss' ? LOSS : REGULARISER;
  }

  /** The fold that a value lies in that nothing computes: a parameter in its layer, a number 1 in the loss. */
  homeOfGiven({ role, name }: Value): string {
    if (role === 'seed') return this.folds.has(LOSS) ? LOSS : '';
    if (role !== 'parameter' && role !== 'buffer') return '';
    const parts = name.split('.');
    for (let count = parts.length - 1; count > 0; count--) {
      const path = parts.slice(0, count).join('.');
      if (this.folds.has(path)) return path;
    }
    return '';
  }

  /** Where a value comes from. */
  sourceOf(id: string): Item | null {
    const operation = this.maker.get(id);
    if (operation) return { id: operation.id, home: this.homeOf(operation) };
    const value = this.values.get(id);
    return value ? { id, home: this.homeOfGiven(value) } : null;
  }

  /** The folds around something, outermost first. */
  lineOf(home: string): readonly string[] {
    const known = this.#lines.get(home);
    if (known) return known;
    const fold = this.folds.get(home);
    const line = fold ? [...this.lineOf(fold.parent), home] : [];
    this.#lines.set(home, line);
    return line;
  }

  /** Where something stands in the order of execution. */
  rank(id: string): number {
    return this.#order.get(id) ?? -1;
  }

  /** All operations within a fold. */
  within(path: string): Operation[] {
    return [...this.operations.values()].filter((operation) =>
      this.lineOf(this.homeOf(operation)).includes(path),
    );
  }

  /** What has a name that contains what was typed, folds first; each line holds the name and where it is. */
  find(query: string, most = 60): Found[] {
    const wanted = query.trim().toLowerCase();
    const found: Found[] = [];
    for (const { path, kind, parent } of this.folds.values())
      found.push({ id: path, sort: 'fold', label: path, hint: kind, home: parent });
    for (const operation of this.operations.values()) {
      const { id, title, phase, op } = operation;
      const home = this.homeOf(operation);
      found.push({ id, sort: 'operation', label: title, hint: `${phase} ${home} ${op}`, home });
    }
    for (const value of this.given)
      found.push({
        id: value.id,
        sort: 'value',
        label: value.name || value.id,
        hint: value.role,
        home: this.homeOfGiven(value),
      });
    return found
      .filter(({ id, label, hint }) => `${id} ${label} ${hint}`.toLowerCase().includes(wanted))
      .slice(0, most);
  }

  /**
   * What lies on the way from some operations to the loss, and on the way back from there to what they read and hold:
   * forward all that follows from them, backward all that their gradients are computed from.
   */
  pathOf(ids: readonly string[]): Set<string> {
    const forward = ids
      .map((id) => this.operations.get(id))
      .flatMap((operation) => (operation ? [this.#forwardOf(operation)] : []));
    const after = this.#reached(forward, ({ outputs }) =>
      outputs
        .flatMap((id) => this.readers.get(id) ?? [])
        .filter(({ phase }) => phase === 'forward'),
    );
    const own = new Set(forward.map(({ id }) => id));
    const back = this.capture.backward.filter(({ id, pair }) => own.has(pair) || ids.includes(id));
    const before = this.#reached(back, ({ inputs }) =>
      inputs.flatMap((id) => this.maker.get(id) ?? []).filter(({ phase }) => phase === 'backward'),
    );
    return new Set([...after, ...before]);
  }

  #forwardOf(operation: Operation): Operation {
    return this.operations.get(operation.pair) ?? operation;
  }

  #reached(from: readonly Operation[], next: (operation: Operation) => Operation[]): Set<string> {
    const met = new Set(from.map(({ id }) => id));
    const open = [...from];
    for (let here = open.pop(); here; here = open.pop()) {
      for (const other of next(here)) {
        if (met.has(other.id)) continue;
        met.add(other.id);
        open.push(other);
      }
    }
    return met;
  }
}

function foldsOf({ folds, forward, backward }: Capture): Map<string, Fold> {
  const all = new Map(folds.map((fold) => [fold.path, fold]));
  const operations = [...forward, ...backward];
  const extra = [
    ['loss', LOSS],
    ['regulariser', REGULARISER],
  ] as const;
  for (const [part, path] of extra) {
    if (operations.some((each) => each.part === part && !all.has(each.node)))
      all.set(path, { path, kind: part, parent: '', repeat: 1 });
  }
  return all;
}

/** Whose gradient each value of the way back is; what is only added up belongs where the sum does. */
function belongings({ capture, readers }: Pick<Atlas, 'capture' | 'readers'>) {
  const belongs = new Map<string, string[]>();
  const add = (gradient: string, id: string): void => {
    const known = belongs.get(gradient);
    if (!known) belongs.set(gradient, [id]);
    else if (!known.includes(id)) known.push(id);
  };
  for (const { id, gradient } of capture.values) if (gradient) add(gradient, id);
  for (const { id, name, role } of capture.values) {
    const gradient = role === 'parameter' ? capture.gradients[name] : '';
    if (gradient) add(gradient, id);
  }
  // From the end to the beginning: the sum is known before its parts.
  for (const { outputs } of capture.backward.toReversed()) {
    for (const id of outputs.filter((each) => each && !belongs.has(each))) {
      const whole = belongs.get(sumOf(readers.get(id) ?? []));
      if (whole) belongs.set(id, whole);
    }
  }
  return belongs;
}

/** What comes out where a value is only added up with others; empty: more is done with it. */
function sumOf(readers: readonly Operation[]): string {
  const [first] = readers;
  return first && readers.every(({ pair }) => !pair) ? (first.outputs[0] ?? '') : '';
}
