import { describe, expect, it } from 'vitest';

import { arrangeAtOnce } from './arrange';
import type { Arrangement, Level } from './arrange';
import { wrapped } from './wrap';

/** A level from words as `a>b`, all boxes of one size. */
function level(...wires: string[]): Level {
  const pairs = wires.map((wire) => wire.split('>') as [string, string]);
  const ids = [...new Set(pairs.flat())];
  return {
    boxes: ids.map((id) => ({ id, width: 100, height: 60 })),
    ties: pairs.map(([from, to], i) => ({ id: `${i}`, from, to, leaves: 30, arrives: 30 })),
  };
}

function chain(length: number): Level {
  return level(...Array.from({ length: length - 1 }, (_, i) => `n${i}>n${i + 1}`));
}

/** Branches that part and join again, again and again. */
function blocks(count: number): Level {
  return level(
    ...Array.from({ length: count }, (_, i) => [
      ...['a', 'b', 'c'].flatMap((branch) => [`j${i}>${branch}${i}`, `${branch}${i}>j${i + 1}`]),
      `j${i}>j${i + 1}`,
    ]).flat(),
  );
}

function overlaps({ boxes }: Level, { spots }: Arrangement): string[] {
  const placed = boxes.map((box) => ({ ...box, ...(spots.get(box.id) ?? { x: NaN, y: NaN }) }));
  return placed.flatMap((a, i) =>
    placed
      .slice(i + 1)
      .filter(
        (b) =>
          !(a.x + a.width <= b.x || b.x + b.width <= a.x) &&
          !(a.y + a.height <= b.y || b.y + b.height <= a.y),
      )
      .map((b) => `${a.id} ${b.id}`),
  );
}

describe('arranging at once', () => {
  it.each([
    ['a chain', chain(12)],
    ['branches', blocks(10)],
    ['two hundred', blocks(50)],
  ])('lays %s from left to right, and nothing over anything', (_, boxes) => {
    const arrangement = arrangeAtOnce(boxes);
    expect(overlaps(boxes, arrangement)).toEqual([]);
    for (const { from, to } of boxes.ties) {
      const [a, b] = [arrangement.spots.get(from), arrangement.spots.get(to)];
      expect((a?.x ?? NaN) + 100).toBeLessThan(b?.x ?? NaN);
    }
  });

  it('keeps a chain straight', () => {
    const { spots } = arrangeAtOnce(chain(8));
    expect(new Set([...spots.values()].map(({ y }) => y)).size).toBe(1);
  });

  it('leads a wire that passes a box around it', () => {
    const boxes = level('a>b', 'b>c', 'a>c');
    const { bends, spots } = arrangeAtOnce(boxes);
    const b = spots.get('b') ?? { x: NaN, y: NaN };
    const corners = bends.get('2') ?? [];
    expect(corners.length).toBeGreaterThan(0);
    for (const { y } of corners) expect(y < b.y || y > b.y + 60).toBe(true);
  });

  it('ends where wires go round', () => {
    const { spots } = arrangeAtOnce(level('a>b', 'b>c', 'c>a'));
    expect(spots.size).toBe(3);
  });
});

describe('wrapping', () => {
  it('breaks a long chain into rows that fit', () => {
    const boxes = chain(16);
    const whole = arrangeAtOnce(boxes);
    const rows = wrapped(whole, boxes, 1200);
    expect(whole.width).toBeGreaterThan(2400);
    expect(rows.width).toBeLessThanOrEqual(1200);
    expect(overlaps(boxes, rows)).toEqual([]);
    expect(new Set([...rows.spots.values()].map(({ y }) => y)).size).toBeGreaterThan(1);
  });

  it('never parts what lies side by side', () => {
    const boxes = blocks(12);
    const rows = wrapped(arrangeAtOnce(boxes), boxes, 900);
    expect(overlaps(boxes, rows)).toEqual([]);
    for (let i = 0; i < 12; i++) {
      const columns = ['a', 'b', 'c'].map((branch) => rows.spots.get(`${branch}${i}`)?.x);
      expect(new Set(columns).size).toBe(1);
    }
  });

  it('leaves alone what nearly fits', () => {
    const boxes = chain(4);
    const whole = arrangeAtOnce(boxes);
    expect(wrapped(whole, boxes, whole.width - 40)).toBe(whole);
  });
});
