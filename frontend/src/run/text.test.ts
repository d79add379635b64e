import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Problem } from '../wire/http';
import type { Graph, Node, Reading } from '../wire/schema';
import { JOB } from './testing';
import { SourceText } from './text.svelte';
import type { Edited } from './text.svelte';

/** A graph whose first layer has a width, as the language of these tests says it: `width 8`. */
function wide(width: number): Graph {
  const graph = structuredClone(JOB.graph);
  Object.assign((graph.nodes[0] as Node).layer, { out_features: width });
  return graph;
}
const widthOf = (graph: Graph): number => {
  const { layer } = graph.nodes[0] as Node;
  return 'out_features' in layer ? layer.out_features : 0;
};

/** The edits of a graph, in a row. */
class Edits implements Edited {
  labels: string[] = [];
  #way: Graph[] = [wide(4)];
  #at = 0;

  get graph(): Graph {
    const graph = this.#way[this.#at];
    if (!graph) throw new Error('There is always a graph.');
    return graph;
  }

  change(label: string, graph: Graph): void {
    this.labels.push(label);
    this.#way = [...this.#way.slice(0, this.#at + 1), graph];
    this.#at++;
  }

  undo(): void {
    this.#at--;
  }

  redo(): void {
    this.#at++;
  }
}

const read = (text: string): Reading => {
  const width = /^width (\d+)/.exec(text)?.[1];
  return width
    ? { name: 'Net', graph: wide(Number(width)), nodes: [['hidden1']], problems: [] }
    : {
        name: '',
        graph: null,
        nodes: [],
        problems: [{ line: 1, column: 1, end: 6, message: 'No width.', instead: null }],
      };
};

function setUp() {
  const edits = new Edits();
  const scribe = {
    write: vi.fn((graph: Graph) =>
      Promise.resolve({
        name: 'Net',
        text: `width ${widthOf(graph)}`,
        nodes: [['hidden1']],
        problems: [],
      }),
    ),
    read: vi.fn((text: string) => Promise.resolve(read(text))),
  };
  const text = new SourceText(edits, () => 'Net', scribe);
  const follow = async (): Promise<void> => {
    text.follow(edits.graph);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { edits, scribe, text, follow };
}

const rest = (milliseconds = 500): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a text and its graph', () => {
  it('begins with what the graph is', async () => {
    const { text, follow } = setUp();
    expect(text.standing).toBe('blank');
    await follow();
    expect([text.text, text.standing, text.nodes]).toEqual(['width 4', 'one', [['hidden1']]]);
  });

  it('is one edit for a burst of typing, and is not written anew for it', async () => {
    const { edits, scribe, text, follow } = setUp();
    await follow();
    for (const typed of ['width 41', 'width 4', 'width 16  # more']) text.type(typed);
    expect(text.standing).toBe('reading');
    await rest();
    await follow();
    expect(edits.labels).toEqual(['code: hidden 1: out_features 4 → 16']);
    expect(widthOf(edits.graph)).toBe(16);
    expect(text.text).toBe('width 16  # more');
    expect(scribe.read).toHaveBeenCalledTimes(1);
    expect(scribe.write).toHaveBeenCalledTimes(1);
  });

  it('is no edit where only space and comments change', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    text.type('width 4   # as it was');
    await rest();
    expect(edits.labels).toEqual([]);
    expect(text.standing).toBe('one');
  });

  it('changes nothing while it does not read, and says why', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    text.type('while True');
    await rest();
    expect(text.standing).toBe('unread');
    expect(text.problems.map(({ message }) => message)).toEqual(['No width.']);
    expect(edits.labels).toEqual([]);
  });

  it('is read at once when it is left', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    text.type('width 8');
    text.hurry();
    await rest(0);
    expect(widthOf(edits.graph)).toBe(8);
  });

  it('takes no answer to what was typed before', async () => {
    const { edits, scribe, text, follow } = setUp();
    await follow();
    let answer: (reading: Reading) => void = () => undefined;
    scribe.read.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    text.type('width 8');
    await rest();
    text.type('width 9');
    answer(read('width 8'));
    await rest(0);
    expect(edits.labels).toEqual([]);
    await rest();
    expect(widthOf(edits.graph)).toBe(9);
  });
});

describe('undo', () => {
  it('brings back the text as it was typed, comments and all', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    text.type('width 8  # mine');
    await rest();
    await follow();
    expect(text.undo()).toBe(true);
    await follow();
    expect([text.text, widthOf(edits.graph)]).toEqual(['width 4', 4]);
    expect(text.redo()).toBe(true);
    await follow();
    expect(text.text).toBe('width 8  # mine');
  });

  it('is the text’s own as long as that does not read', async () => {
    const { text, follow } = setUp();
    await follow();
    text.type('while');
    expect(text.undo()).toBe(false);
    await rest();
    expect(text.undo()).toBe(false);
  });
});

describe('a graph that is changed elsewhere', () => {
  it('is written', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    edits.change('elsewhere', wide(12));
    await follow();
    expect(text.text).toBe('width 12');
  });

  it('never takes away a text that does not read; that is let go by a press', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    text.type('while');
    await rest();
    edits.change('elsewhere', wide(12));
    await follow();
    expect([text.text, text.behind, text.standing]).toEqual(['while', true, 'unread']);
    text.take();
    await rest(0);
    expect([text.text, text.behind, text.standing]).toEqual(['width 12', false, 'one']);
    expect(text.problems).toEqual([]);
  });

  it('gives way to the text as soon as that reads', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    text.type('while');
    await rest();
    edits.change('elsewhere', wide(12));
    await follow();
    text.type('width 20');
    await rest();
    expect([widthOf(edits.graph), text.behind]).toEqual([20, false]);
    edits.undo();
    expect(widthOf(edits.graph)).toBe(12);
  });

  it('is newer than a text that was only typed back to what it was', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    text.type('while');
    await rest();
    text.type('width 4');
    edits.change('elsewhere', wide(12));
    await follow();
    await rest();
    expect([widthOf(edits.graph), text.text, text.standing]).toEqual([12, 'width 12', 'one']);
  });

  it('may be such that no text says it, which is said', async () => {
    const { edits, scribe, text, follow } = setUp();
    await follow();
    scribe.write.mockRejectedValueOnce(new Problem('unfit-network', 422, 'Nothing feeds it.'));
    edits.change('elsewhere', wide(1));
    await follow();
    expect([text.standing, text.trouble, text.text]).toEqual([
      'unwritten',
      'Nothing feeds it.',
      'width 4',
    ]);
    edits.change('elsewhere', wide(5));
    await follow();
    expect([text.standing, text.trouble, text.text]).toEqual(['one', null, 'width 5']);
  });
});

describe('a server that does not answer', () => {
  it('is asked again', async () => {
    const { edits, scribe, text, follow } = setUp();
    await follow();
    scribe.read.mockRejectedValueOnce(new Problem('unreachable', 0, ''));
    text.type('width 8');
    await rest();
    expect(text.trouble).toContain('asked again');
    await rest(3000);
    expect([text.trouble, widthOf(edits.graph)]).toEqual([null, 8]);
  });

  it('takes a number that follows from the inputs at once', async () => {
    const { edits, text, follow } = setUp();
    await follow();
    text.type('width x');
    text.mend([{ line: 1, column: 7, end: 8, message: '', instead: '32' }]);
    await rest(0);
    expect(widthOf(edits.graph)).toBe(32);
  });
});
