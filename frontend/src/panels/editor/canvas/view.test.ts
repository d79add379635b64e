import { describe, expect, it } from 'vitest';

import type { CableEdge, CardNode } from './flow';
import { fieldOf, inView, placesOf } from './view';

function card(id: string, x: number, y: number, parentId?: string): CardNode {
  const size = { width: 100, height: 50 };
  const node = { id, position: { x, y }, data: { size }, ...(parentId ? { parentId } : {}) };
  return node as unknown as CardNode;
}

function cable(source: string, target: string, corners: { x: number; y: number }[] = []) {
  return { id: `${source}${target}`, source, target, data: { corners } } as unknown as CableEdge;
}

const VIEW = { x: 0, y: 0, width: 400, height: 300 };

describe('inView', () => {
  it('takes what is in view and leaves out the rest', () => {
    const nodes = [card('in', 350, 10), card('out', 401, 10), card('above', 0, -51)];
    expect([...inView(fieldOf(nodes, []), null, VIEW)]).toEqual(['in']);
  });

  it('takes the ends of a wire that crosses the view, however far they are', () => {
    const nodes = [card('left', -900, 100), card('right', 900, 100)];
    expect(inView(fieldOf(nodes, [cable('left', 'right')]), null, VIEW).size).toBe(2);
    expect(inView(fieldOf(nodes, []), null, VIEW).size).toBe(0);
  });

  it('takes the ends of a wire that only bends into the view', () => {
    const nodes = [card('a', -900, 400), card('b', 900, 400)];
    const bent = cable('a', 'b', [{ x: 200, y: 290 }]);
    expect(inView(fieldOf(nodes, [bent]), null, VIEW).size).toBe(2);
    expect(inView(fieldOf(nodes, [cable('a', 'b')]), null, VIEW).size).toBe(0);
  });

  it('keeps the card that has the keys', () => {
    const nodes = [card('far', 9000, 0)];
    expect([...inView(fieldOf(nodes, []), 'far', VIEW)]).toEqual(['far']);
  });

  it('takes a block before what lies in it, also where only that is in view', () => {
    const nodes = [card('block', -500, 0), card('block.a', 520, 20, 'block')];
    expect([...inView(fieldOf(nodes, []), null, VIEW)]).toEqual(['block', 'block.a']);
  });
});

it('counts what is in a block from its corner', () => {
  const nodes = [card('block', 10, 20), card('block.in', 1, 2, 'block')];
  expect(placesOf(nodes).get('block.in')).toEqual({ x: 11, y: 22 });
});
