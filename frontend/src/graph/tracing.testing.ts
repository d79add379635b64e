/** Captured steps for tests: chains and Transformers, as the server writes them. */

import type { Capture, Fold, Operation, Value } from '../wire/capture';

/** Writes a captured step down, operation by operation, and the way back behind it. */
export class Writer {
  readonly values: Value[] = [];
  readonly forward: Operation[] = [];
  readonly backward: Operation[] = [];
  readonly folds: Fold[] = [];
  readonly #gradients: Record<string, string> = {};
  /** For every value forward what comes back for it, part by part. */
  readonly #parts = new Map<string, string[]>();

  fold(path: string, kind: string, repeat = 1): void {
    const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
    this.folds.push({ path, kind, parent, repeat });
  }

  given(id: string, role: Value['role'], shape: number[]): string {
    this.#value(id, role, shape);
    return id;
  }

  /** One operation forward; its result is called like it. */
  call(node: string, title: string, inputs: string[], shape: number[]): string {
    const id = `${title}_${this.forward.length}`;
    this.forward.push(this.#operation(id, title, 'forward', { node, inputs, outputs: [id] }));
    this.#value(id, 'forward', shape);
    return id;
  }

  /** The way back: each operation's derivative reads what came back for its result, and its inputs. */
  done(loss: string): Capture {
    this.#value('seed', 'seed', []);
    this.#parts.set(loss, ['seed']);
    for (const forward of this.forward.toReversed()) this.#back(forward);
    for (const value of this.values.filter(({ role }) => role === 'parameter')) {
      const gradient = this.#sum(value.id, value.name.slice(0, value.name.lastIndexOf('.')));
      if (gradient) this.#gradients[value.name] = gradient;
    }
    return {
      version: 1,
      key: 'test',
      extent: 'minibatch',
      examples: 2,
      values: this.values,
      forward: this.forward,
      backward: this.backward,
      folds: this.folds,
      loss,
      gradients: this.#gradients,
    };
  }

  #back(forward: Operation): void {
    const [result = ''] = forward.outputs;
    const upstream = this.#sum(result, forward.node);
    if (!upstream) return;
    const learned = forward.inputs.filter((id) => {
      const value = this.values.find((each) => each.id === id);
      return value?.role === 'parameter' || value?.role === 'forward';
    });
    for (const input of learned) {
      const id = `${forward.title}_back_${this.backward.length}`;
      const more = { node: forward.node, pair: forward.id, inputs: [upstream, ...forward.inputs] };
      this.backward.push(
        this.#operation(id, `${forward.title}_backward`, 'backward', { ...more, outputs: [id] }),
      );
      this.#value(id, 'backward', this.#shape(input));
      this.#parts.set(input, [...(this.#parts.get(input) ?? []), id]);
    }
  }

  /** The whole of what came back for a value: its only part, or the sum of all. */
  #sum(of: string, node: string): string | undefined {
    const parts = this.#parts.get(of) ?? [];
    let [whole] = parts;
    if (parts.length > 1) {
      whole = `sum_${this.backward.length}`;
      const more = { node, inputs: parts, outputs: [whole] };
      this.backward.push(this.#operation(whole, 'add', 'backward', more));
      this.#value(whole, 'backward', this.#shape(of));
    }
    const value = this.values.find(({ id }) => id === of);
    if (value && whole) value.gradient = whole;
    return whole;
  }

  #shape(id: string): number[] {
    return this.values.find((value) => value.id === id)?.shape ?? [];
  }

  #value(id: string, role: Value['role'], shape: number[]): void {
    const name = role === 'forward' || role === 'backward' ? '' : id;
    this.values.push({
      ...{ id, role, name, shape, axes: [], dtype: 'float32', of: '', gradient: '', saved: false },
    });
  }

  #operation(
    id: string,
    title: string,
    phase: Operation['phase'],
    more: Pick<Operation, 'node' | 'inputs' | 'outputs'> & { pair?: string },
  ): Operation {
    const part: Operation['part'] = more.node ? 'network' : 'loss';
    const rest = {
      op: `aten.${title}.default`,
      part,
      pair: '',
      arguments: [],
      keywords: {},
      flops: 0,
    } satisfies Partial<Operation>;
    return { ...rest, id, title, phase, ...more };
  }
}

const linear = (writer: Writer, node: string, x: string, shape: number[]): string => {
  writer.fold(node, 'Linear');
  const weight = writer.given(`${node}.weight`, 'parameter', [4, 4]);
  const bias = writer.given(`${node}.bias`, 'parameter', [4]);
  const turned = writer.call(node, 't', [weight], [4, 4]);
  return writer.call(node, 'addmm', [bias, x, turned], shape);
};

/** Two layers and a loss. */
export function chain(): Capture {
  const writer = new Writer();
  const x = writer.given('x', 'input', [2, 4]);
  const y = writer.given('y', 'input', [2, 4]);
  const hidden = linear(writer, 'hidden', x, [2, 4]);
  writer.fold('tanh', 'Tanh');
  const bent = writer.call('tanh', 'tanh', [hidden], [2, 4]);
  const output = linear(writer, 'output', bent, [2, 4]);
  const error = writer.call('', 'sub', [output, y], [2, 4]);
  return writer.done(writer.call('', 'mean', [error], []));
}

/** A Transformer of so many blocks, each with attention of several heads, two sums and a small network. */
export function transformer(blocks: number): Capture {
  const writer = new Writer();
  const y = writer.given('y', 'input', [2, 4]);
  let x = writer.given('x', 'input', [2, 4]);
  writer.fold('blocks', 'Block', blocks);
  for (let i = 0; i < blocks; i++) {
    const path = `blocks.${i}`;
    writer.fold(path, 'Repetition');
    x = block(writer, path, x);
  }
  const output = linear(writer, 'head', x, [2, 4]);
  const error = writer.call('', 'nll_loss', [output, y], [2]);
  return writer.done(writer.call('', 'mean', [error], []));
}

function block(writer: Writer, path: string, x: string): string {
  const shape = [2, 8, 4];
  const normal = (name: string, of: string): string => {
    writer.fold(`${path}.${name}`, 'LayerNorm');
    const mean = writer.call(`${path}.${name}`, 'mean', [of], [2, 8, 1]);
    const apart = writer.call(`${path}.${name}`, 'sub', [of, mean], shape);
    return writer.call(`${path}.${name}`, 'mul', [apart, mean], shape);
  };
  const attention = `${path}.attention`;
  const first = normal('norm1', x);
  writer.fold(attention, 'MultiheadAttention');
  const heads = ['query', 'key', 'value'].map((name) => {
    const weight = writer.given(`${attention}.${name}`, 'parameter', [4, 4]);
    const turned = writer.call(attention, 't', [weight], [4, 4]);
    const flat = writer.call(attention, 'view', [first], [16, 4]);
    const product = writer.call(attention, 'mm', [flat, turned], [16, 4]);
    return writer.call(attention, 'transpose', [product], [2, 2, 8, 2]);
  });
  const [query = '', key = '', value = ''] = heads;
  const scores = writer.call(attention, 'bmm', [query, key], [2, 2, 8, 8]);
  const scaled = writer.call(attention, 'div', [scores], [2, 2, 8, 8]);
  const shares = writer.call(attention, 'softmax', [scaled], [2, 2, 8, 8]);
  const mixed = writer.call(attention, 'bmm', [shares, value], [2, 2, 8, 2]);
  writer.fold(`${path}.add1`, 'Add');
  const added = writer.call(`${path}.add1`, 'add', [x, mixed], shape);
  const wide = linear(writer, `${path}.wide`, normal('norm2', added), shape);
  writer.fold(`${path}.gelu`, 'GELU');
  const bent = writer.call(`${path}.gelu`, 'gelu', [wide], shape);
  const narrow = linear(writer, `${path}.narrow`, bent, shape);
  writer.fold(`${path}.add2`, 'Add');
  return writer.call(`${path}.add2`, 'add', [added, narrow], shape);
}
