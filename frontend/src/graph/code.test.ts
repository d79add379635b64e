import { describe, expect, it } from 'vitest';

import type { Graph, Inspection, SourceProblem } from '../wire/schema';
import { differenceOf } from './changes';
import {
  linesAbout,
  mended,
  misfits,
  nodeAt,
  notesOf,
  oldLines,
  rangeOf,
  spliceOf,
  spreadOf,
} from './code';

const TEXT = `class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(
            2,
            8,
        )
        self.tanh = nn.Tanh()
        self.branches = nn.ModuleList(Branches() for _ in range(3))

    def forward(self, x):
        x = self.hidden(x)
        branches = x
        for block in self.branches:
            branches = block(branches)
        return self.tanh(branches)`;
const LINES = TEXT.split('\n');
const NODES = LINES.map((_, line) => {
  if (line >= 3 && line <= 6) return ['hidden'];
  if (line === 7 || line === 15) return ['tanh'];
  if (line === 8 || (line >= 12 && line <= 14)) return ['branches'];
  return line === 11 ? ['hidden'] : [];
});

function inspected(width: number, problems: string[] = []): Inspection {
  const spec = (length: number): object => ({ axes: ['D'], shape: [length], dtype: 'float32' });
  const node = (path: string, parameters: number, length: number, repeat = 1): object => ({
    path,
    parameters,
    repeat,
    outputs: problems.includes(path) ? {} : { output: spec(length) },
  });
  return {
    nodes: [
      node('hidden', 3 * width, width),
      node('branches.0.dense', width * width, width, 3),
      node('tanh', 0, width),
    ],
    blocks: [{ path: 'branches', first: 0, count: 3, repeat: 1, outputs: { h: spec(width) } }],
    problems: problems.map((path) => ({ node: path, severity: 'error', message: '' })),
  } as unknown as Inspection;
}

describe('lines and nodes', () => {
  it('finds the lines of a node and the node of a line', () => {
    expect(linesAbout(NODES, 'tanh')).toEqual([7, 15]);
    expect(linesAbout(NODES, 'nothing')).toEqual([]);
    expect(nodeAt(NODES, 11, null)).toBe('hidden');
    expect(nodeAt(NODES, 0, null)).toBeNull();
    expect(nodeAt([['a', 'b']], 0, 'b')).toBe('b');
    expect(nodeAt([['a', 'b']], 0, 'c')).toBe('a');
  });

  it('says parameters where something is made, and shapes where it is computed, once a statement', () => {
    const notes = notesOf(LINES, NODES, inspected(8), inspected(8));
    expect(notes).toEqual([
      { line: 6, parameters: { now: '24', before: null }, shape: null, broken: false },
      { line: 8, parameters: { now: '192', before: null }, shape: null, broken: false },
      { line: 11, parameters: null, shape: { now: '8', before: null }, broken: false },
      { line: 14, parameters: null, shape: { now: '8', before: null }, broken: false },
      { line: 15, parameters: null, shape: { now: '8', before: null }, broken: false },
    ]);
  });

  it('says what was so before, and what is unknown behind a misfit', () => {
    const notes = notesOf(LINES, NODES, inspected(16, ['tanh']), inspected(8));
    expect(notes[0]?.parameters).toEqual({ now: '48', before: '24' });
    expect(notes.at(-1)).toEqual({
      line: 15,
      parameters: null,
      shape: { now: '?', before: '8' },
      broken: true,
    });
  });
});

describe('lines as they were', () => {
  it('stand above lines that make the same otherwise', () => {
    const before = { lines: LINES, nodes: NODES };
    const lines = LINES.map((line) => line.replace('nn.Tanh()', 'nn.ReLU()'));
    expect(oldLines({ lines, nodes: NODES }, before)).toEqual([
      { line: 7, text: '        self.tanh = nn.Tanh()' },
    ]);
    expect(oldLines(before, before)).toEqual([]);
  });
});

describe('some numbers', () => {
  it('have a mean and a spread, as deep as they lie', () => {
    expect(spreadOf([[1, 3], [[5, 7]]])).toEqual({ count: 4, mean: 4, spread: Math.sqrt(5) });
  });
});

describe('one text becomes another', () => {
  it.each([
    ['abc', 'abXc'],
    ['abc', 'c'],
    ['aaaa', 'aaa'],
    ['', 'new'],
    ['one\ntwo\nthree', 'one\n2\nthree'],
    ['abab', 'ab'],
  ])('from %j to %j by one piece', (before, after) => {
    const splice = spliceOf(before, after);
    expect(splice).not.toBeNull();
    if (!splice) return;
    expect(before.slice(0, splice.from) + splice.insert + before.slice(splice.to)).toBe(after);
  });

  it('changes nothing where nothing differs', () => {
    expect(spliceOf('same', 'same')).toBeNull();
  });
});

describe('problems in a text', () => {
  const problem = (line: number, column: number, end: number, instead?: string): SourceProblem => ({
    line,
    column,
    end,
    message: 'Wrong.',
    instead: instead ?? null,
  });

  const cut = (text: string, wrong: SourceProblem): string => {
    const { from, to } = rangeOf(text, wrong);
    return text.slice(from, to);
  };

  it('finds a place by its characters, of which some are two halves', () => {
    const text = "a = '𝄞' - b\n  wrong(2)\n";
    expect(cut(text, problem(1, 5, 8))).toBe("'𝄞'");
    expect(cut(text, problem(2, 9, 10))).toBe('2');
  });

  it('means the whole line where no end is known, and stays within the text', () => {
    const text = 'one\n  two';
    expect(rangeOf(text, problem(2, 4, 4))).toEqual({ from: 6, to: 9 });
    expect(rangeOf(text, problem(9, 9, 9)).to).toBeLessThanOrEqual(text.length);
  });

  it('puts misfits of the network where their nodes are computed', () => {
    const [misfit, general] = misfits({ lines: LINES, nodes: NODES }, [
      { node: 'tanh', message: 'No.' },
      { node: '', message: 'All.' },
    ]);
    expect(misfit).toMatchObject({ line: 16, column: 9, message: 'No.' });
    expect(misfit && cut(TEXT, misfit)).toBe('return self.tanh(branches)');
    expect(general).toMatchObject({ line: 1, message: 'All.' });
  });

  it('writes what is right in each place that knows it', () => {
    const text = 'nn.Linear(3, 4)\nnn.Linear(4, 1)\nprint()';
    const problems = [problem(1, 11, 12, '200'), problem(2, 11, 12, '8'), problem(3, 1, 8)];
    expect(mended(text, problems)).toBe('nn.Linear(200, 4)\nnn.Linear(8, 1)\nprint()');
  });
});

describe('in what two networks differ', () => {
  const linear = (id: string, width: number, from: string): object => ({
    id,
    layer: { kind: 'Linear', out_features: width, bias: true },
    inputs: [from],
  });
  const tanh = (id: string, from: string): object => ({
    id,
    layer: { kind: 'Tanh' },
    inputs: [from],
  });
  const graph = {
    version: 1,
    inputs: { x: { axes: ['D'], shape: [2], dtype: 'float32' } },
    nodes: [
      linear('hidden1', 4, 'x'),
      tanh('hidden1_tanh', 'hidden1'),
      linear('hidden2', 3, 'hidden1_tanh'),
      tanh('hidden2_tanh', 'hidden2'),
      linear('output', 1, 'hidden2_tanh'),
    ],
    outputs: { y: 'output' },
    tied: [],
  } as unknown as Graph;
  const edit = (change: (document: Graph) => void): Graph => {
    const document = structuredClone(graph);
    change(document);
    return document;
  };

  it('is nothing, for equal documents in any order', () => {
    const turned = Object.fromEntries(Object.entries(graph).reverse()) as unknown as Graph;
    expect(differenceOf(graph, turned)).toEqual({ kind: 'none' });
  });

  it('is one setting of one layer', () => {
    const wider = edit(({ nodes }) => {
      Object.assign((nodes[0] as { layer: object }).layer, { out_features: 16 });
    });
    expect(differenceOf(graph, wider)).toEqual({
      kind: 'setting',
      node: 'hidden1',
      setting: 'out_features',
      before: '4',
      after: '16',
    });
  });

  it('is a layer that came, went or is another, whatever is connected anew for it', () => {
    const without = edit((document) => {
      document.nodes.splice(1, 1);
      Object.assign(document.nodes[1] ?? {}, { inputs: ['hidden1'] });
    });
    expect(differenceOf(graph, without)).toMatchObject({ kind: 'removed', node: 'hidden1_tanh' });
    expect(differenceOf(without, graph)).toMatchObject({ kind: 'added', node: 'hidden1_tanh' });
    const relu = edit(({ nodes }) => {
      Object.assign(nodes[1] ?? {}, { layer: { kind: 'ReLU' } });
    });
    expect(differenceOf(graph, relu)).toEqual({
      kind: 'other',
      node: 'hidden1_tanh',
      layer: 'ReLU',
    });
  });

  it('is a connection, an end, or several things', () => {
    const wired = edit(({ nodes }) => {
      Object.assign(nodes[2] ?? {}, { inputs: ['hidden1'] });
    });
    expect(differenceOf(graph, wired)).toMatchObject({ kind: 'wires', node: 'hidden2' });
    expect(
      differenceOf(
        graph,
        edit((d) => Object.assign(d, { outputs: { y: 'hidden2' } })),
      ),
    ).toEqual({ kind: 'ends' });
    const both = edit(({ nodes }) => {
      for (const node of [nodes[1], nodes[3]])
        Object.assign(node ?? {}, { layer: { kind: 'ReLU' } });
    });
    expect(differenceOf(graph, both)).toEqual({ kind: 'several', count: 2 });
  });
});
