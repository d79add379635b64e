/** A large network's step as calls of functions: which is looked at, what it reads and says, and what flows back. */

import type { Capture, Operation, Value } from '../wire/capture';

/** A captured step's parts by their ids. */
export class Calls {
  readonly operations: readonly Operation[];
  readonly values: ReadonlyMap<string, Value>;
  /** Place of each value in the document's order, which is that of the arrays of the probe `operations`. */
  readonly places: ReadonlyMap<string, number>;
  readonly #byId: ReadonlyMap<string, Operation>;
  readonly #makers = new Map<string, Operation>();

  constructor({ forward, backward, values }: Capture) {
    this.operations = [...forward, ...backward];
    this.#byId = new Map(this.operations.map((operation) => [operation.id, operation]));
    this.values = new Map(values.map((value) => [value.id, value]));
    this.places = new Map(values.map(({ id }, place) => [id, place]));
    for (const operation of this.operations)
      for (const id of operation.outputs) if (id) this.#makers.set(id, operation);
  }

  get(id: string): Operation | undefined {
    return this.#byId.get(id);
  }

  /** The call that is meant by an operation, by a value that it makes, or by an edge to where it is read. */
  find(chosen: string): Operation | undefined {
    const [from = '', to] = chosen.split('>', 2);
    const reader = to === undefined ? undefined : this.find(to);
    return reader ?? this.#byId.get(from) ?? this.#makers.get(from);
  }

  /** The way forward of a call: itself, or the one whose derivative it helps to compute. */
  forwardOf(operation: Operation): Operation {
    return this.#byId.get(operation.pair) ?? operation;
  }

  /** What a value is called: its path, or the function that makes it and where. */
  nameOf(id: string): string {
    const value = this.values.get(id);
    if (value?.name) return value.name;
    if (value?.of) return `∂${this.nameOf(value.of)}`;
    const maker = this.#makers.get(id);
    if (!maker) return id;
    return maker.node ? `${maker.node}.${maker.title}` : maker.title;
  }

  /** A call in one line: what comes out, and what goes in. */
  lineOf({ title, inputs }: Operation): string {
    return `${title}(${inputs.map((id) => this.nameOf(id)).join(', ')})`;
  }

  /** The last of a call's results that is used. */
  resultOf({ outputs }: Operation): Value | undefined {
    return this.values.get(outputs.find(Boolean) ?? '');
  }
}

/** A tensor's shape as it is written: `16×8×8`; a single number: 1. */
export function shapeText(shape: readonly number[]): string {
  return shape.length ? shape.join('×') : '1';
}

/** Operations around a place, so many at most. */
export function around<T>(
  list: readonly T[],
  place: number,
  most: number,
): { item: T; index: number }[] {
  const from = Math.max(0, Math.min(list.length - most, place - Math.floor(most / 2)));
  return list.slice(from, from + most).map((item, i) => ({ item, index: from + i }));
}
