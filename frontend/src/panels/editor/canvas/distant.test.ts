import { describe, expect, it } from 'vitest';

import { Position } from '@xyflow/svelte';

import { courseOf } from '../../../graph/course';
import { outlinesOf } from './distant';
import type { CableEdge, CardNode } from './flow';

const ring = (type: 'source' | 'target', x: number) => ({
  id: type,
  type,
  x: x - 6,
  y: 14,
  width: 12,
  height: 12,
  position: type === 'source' ? Position.Right : Position.Left,
});
const card = (id: string, x: number, selected = false, parentId?: string): CardNode =>
  ({
    id,
    position: { x, y: 0 },
    selected,
    ...(parentId ? { parentId } : {}),
    handles: [ring('target', 0), ring('source', 80)],
  }) as unknown as CardNode;
const wire = (source: string, target: string, broken = false): CableEdge =>
  ({
    id: `${source} ${target}`,
    source,
    target,
    sourceHandle: 'source',
    targetHandle: 'target',
    data: { link: { broken }, corners: [] },
  }) as unknown as CableEdge;
const course = (from: number, to: number): string =>
  courseOf({ x: from + 86, y: 20 }, { x: to - 6, y: 20 }, []).path;

describe('wires from far away', () => {
  it('run from ring to ring, those of chosen cards and broken ones apart', () => {
    const nodes = [card('a', 0), card('b', 200), card('c', 400, true), card('d', 600)];
    const edges = [wire('a', 'b'), wire('b', 'c'), wire('c', 'd', true)];
    expect(outlinesOf(nodes, edges)).toEqual({
      still: course(0, 200),
      moving: course(200, 400),
      broken: course(400, 600),
    });
  });

  it('follow a card that is dragged; the others are as they were', () => {
    const edges = [wire('a', 'b'), wire('b', 'c')];
    const before = outlinesOf([card('a', 0), card('b', 200), card('c', 400, true)], edges);
    const after = outlinesOf([card('a', 0), card('b', 200), card('c', 450, true)], edges);
    expect(after.still).toBe(before.still);
    expect(after.moving).toBe(course(200, 450));
  });

  it('count from the corner of the block that a card lies in', () => {
    const nodes = [
      card('block', 1000),
      card('a', 0, false, 'block'),
      card('b', 200, false, 'block'),
    ];
    expect(outlinesOf(nodes, [wire('a', 'b')]).still).toBe(course(1000, 1200));
  });

  it('lead nowhere where a card has no such port', () => {
    const edges = [{ ...wire('a', 'b'), targetHandle: 'none' }];
    expect(outlinesOf([card('a', 0), card('b', 200)], edges).still).toBe('');
  });
});
