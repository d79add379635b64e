import { describe, expect, it } from 'vitest';

import { fitHeadings } from './headings';
import type { Ruler } from './headings';
import { layOut } from './spine';
import type { Bracket, Group, Room, Spine } from './spine';
import { conv, image, known, lenet, linear, pool } from './testing';
import type { Stack } from './testing';

const DESK: Room = { width: 904, height: 358, mode: 'desk' };
const ROOMS: Record<string, Room> = {
  desk: DESK,
  guideless: { width: 904, height: 394, mode: 'desk' },
  low: { width: 744, height: 262, mode: 'desk' },
  present: { width: 1248, height: 450, mode: 'present' },
  phone: { width: 358, height: 0, mode: 'phone' },
};

/** About as wide as the page's letters. */
const RULERS: Record<Room['mode'], Ruler> = {
  desk: { title: (text) => text.length * 6.6, kind: (text) => text.length * 6 },
  phone: { title: (text) => text.length * 7.2, kind: (text) => text.length * 6.6 },
  present: { title: (text) => text.length * 9.4, kind: (text) => text.length * 8.8 },
};

function wide(): Stack {
  let stack = pool(conv(image(3, 67), 'conv1', 64, 4), 'pool1');
  stack = pool(conv(stack, 'conv2', 192, 5), 'pool2');
  for (const [i, maps] of [384, 256, 256].entries()) stack = conv(stack, `conv${i + 3}`, maps, 3);
  for (const [i, units] of [4096, 4096, 1000].entries()) stack = linear(stack, `dense${i}`, units);
  return stack;
}

/** A stack that a student could draw; the same for the same seed. */
function drawn(seed: number): Stack {
  let state = seed;
  const below = (most: number): number => {
    state = (state * 48271) % 2147483647;
    return state % most;
  };
  let stack = image(1 + below(3), 16 + below(40));
  for (let i = 0; i < 1 + below(6); i++) {
    const side = stack.at.shape[1] ?? 1;
    if (side < 4) break;
    stack = below(3)
      ? conv(stack, `conv${i}`, 1 + below(40), 1 + below(3))
      : pool(stack, `pool${i}`);
  }
  for (let i = 0; i < 1 + below(4); i++) stack = linear(stack, `dense_${i}`, 1 + below(300));
  return linear(stack, 'output', 2 + below(12));
}

const STACKS: [string, Stack][] = [
  ['lenet', lenet()],
  ['wide', wide()],
  ...Array.from({ length: 24 }, (_, i): [string, Stack] => [`drawn ${i}`, drawn(i + 1)]),
];

function laid(stack: Stack, room: Room): Spine {
  const { stages, entrances } = known(stack);
  return layOut(
    {
      stages,
      entrances,
      ground: 'none',
      features: [],
      classes: 10,
      active: new Map(),
      unfolded: new Set(),
      chosen: null,
    },
    room,
  );
}

interface Rect {
  name: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function boxesOf({ groups }: Spine): Rect[] {
  return groups.flatMap(({ boxes }) =>
    boxes.map(({ path, unit, x, y, width, height }) => ({
      name: `${path}.${unit}`,
      left: x,
      right: x + width,
      top: y,
      bottom: y + height,
    })),
  );
}

function headingsOf({ groups, width }: Spine, ruler: Ruler): Rect[] {
  const wordings = groups.map((group) => ({
    row: group.heading,
    middle: group.middle,
    title: group.path,
    kinds: [`${group.portrait.count} filters 5×5, tanh`, '5×5'],
    family: group.path.replace(/\d+$/, ''),
  }));
  const fitted = fitHeadings(wordings, ruler, width);
  return groups.flatMap(({ middle, heading: top }, i): Rect[] => {
    const { title = '', kind = '', most = null } = fitted[i] ?? {};
    const half = Math.max(most ?? ruler.title(title), ruler.kind(kind)) / 2;
    return [{ name: title, left: middle - half, right: middle + half, top, bottom: top + 30 }];
  });
}

function overlaps(rects: Rect[]): string[] {
  return rects.flatMap((a, i) =>
    rects
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${a.name} lies over ${b.name}`),
  );
}

describe.each(Object.entries(ROOMS))('in the room %s', (_, room) => {
  it.each(STACKS)('%s has nothing over anything else, and all inside', (_, stack) => {
    const spine = laid(stack, room);
    const boxes = boxesOf(spine);
    expect(overlaps(boxes)).toEqual([]);
    expect(overlaps(headingsOf(spine, RULERS[room.mode]))).toEqual([]);
    expect(boxes.filter(isOutside(spine))).toEqual([]);
    expect(spine.brackets.filter(touches(spine))).toEqual([]);
    expect(spine.groups.filter(isOver).map(({ path }) => path)).toEqual([]);
    const ends = spine.brackets.flatMap(({ left, right }) => [left, right]);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  });
});

function isOutside({ width, height }: Spine) {
  return ({ left, right, top, bottom }: Rect): boolean =>
    left < 0 || top < 0 || right > width || bottom > height;
}

/** Whether portraits reach into the foot of their column. */
function isOver({ boxes, bottom }: Group): boolean {
  return boxes.some(({ y, height }) => y + height > bottom + 1);
}

/** Whether a bracket is cut off below, or lies over portraits. */
function touches(spine: Spine) {
  const lowest = Math.max(...boxesOf(spine).map(({ bottom }) => bottom));
  return ({ y }: Bracket): boolean => y < lowest || y + 14 > spine.height;
}

describe('LeNet-5', () => {
  const spine = laid(lenet(), DESK);
  const group = (path: string): Group | undefined =>
    spine.groups.find((each) => each.path === path);

  it('has a portrait for each map, a barcode where maps have one cell, and a list of classes', () => {
    const portraits = spine.groups.map(({ path, portrait, boxes }) => [path, portrait.kind, boxes.length]); // prettier-ignore
    expect(portraits).toEqual([
      ['x', 'tile', 1],
      ['conv1', 'tile', 6],
      ['pool1', 'tile', 6],
      ['conv2', 'tile', 16],
      ['pool2', 'tile', 16],
      ['conv3', 'barcode', 1],
      ['dense1', 'barcode', 1],
      ['output', 'chances', 1],
    ]);
    expect(group('conv3')?.portrait.rows).toBe(120);
  });

  it('draws its maps as large as the column has room for, sixteen in two staggered columns', () => {
    const sizes = (path: string): number[] => group(path)?.boxes.map(({ width }) => width) ?? [];
    expect(Math.min(...sizes('conv1'))).toBeGreaterThanOrEqual(34);
    expect(Math.min(...sizes('conv2'))).toBeGreaterThanOrEqual(24);
    const places = group('conv2')?.boxes.slice(0, 3) ?? [];
    const [left = 0, right = 0, below] = places.map(({ x }) => x);
    const [first = 0, lower = 0, third = 0] = places.map(({ y }) => y);
    expect(below).toBe(left);
    expect(right).toBeGreaterThanOrEqual(left + Math.max(...sizes('conv2')));
    expect(lower).toBeCloseTo((first + third) / 2, -1);
  });

  it('would have headings that meet if none gave way', () => {
    const rects = spine.groups.map(({ path, middle }) => ({
      name: path, left: middle - 60, right: middle + 60, top: 0, bottom: 30,
    })); // prettier-ignore
    expect(overlaps(rects).length).toBeGreaterThan(3);
  });

  it('sums up what lies on a grid and what does not', () => {
    expect(spine.brackets.map(({ kept, parameters }) => [kept, parameters])).toEqual([
      [true, 2572],
      [false, 59134],
    ]);
  });

  it('has a wire from each map to each filter, and from a map to its own pooled one', () => {
    expect(spine.links.map(({ from, to, kind }) => [from, to, kind])).toEqual([
      ['x', 'conv1', 'fan'],
      ['conv1', 'pool1', 'each'],
      ['pool1', 'conv2', 'units'],
      ['conv2', 'pool2', 'each'],
      ['pool2', 'conv3', 'band'],
      ['conv3', 'dense1', 'band'],
      ['dense1', 'output', 'band'],
    ]);
  });

  it('has no brackets where nothing leaves the grid', () => {
    const maps = pool(conv(image(1, 32), 'conv1', 6, 5), 'pool1');
    expect(laid(maps, DESK).brackets).toEqual([]);
  });
});
