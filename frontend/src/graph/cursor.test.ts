import { describe, expect, it } from 'vitest';

import { NOWHERE, joinNode, parsePlace, placeAddress, splitNode } from './cursor';
import type { Place } from './cursor';

function parse(address: string): ReturnType<typeof parsePlace> {
  const { pathname, search } = new URL(address, 'http://here');
  return parsePlace(pathname, search);
}

describe('the address of a picture', () => {
  it('leaves defaults out', () => {
    expect(placeAddress(NOWHERE)).toBe('/');
    expect(placeAddress({ ...NOWHERE, run: 'k3f9' })).toBe('/b/k3f9');
  });

  it('goes there and back', () => {
    const place: Place = {
      run: 'a69a3f3328ff',
      step: 448,
      example: 495,
      node: 'conv2.7@4,5',
      lens: 'arithmetic',
      op: 'z1>h1',
      show: 'gradients',
      layout: 'code',
      edit: true,
      scale: 'network',
      present: true,
      theme: 'dark',
    };
    expect(parse(placeAddress(place))).toEqual({ place, fallbacks: [] });
    expect(placeAddress(place)).toBe(
      '/b/a69a3f3328ff?step=448&ex=495&node=conv2.7%404,5&lens=arithmetic&op=z1>h1&show=gradients&layout=code&edit=1&scale=network&present=1&theme=dark',
    );
  });

  it('says what it did not understand, and takes the default instead', () => {
    const { place, fallbacks } = parse(
      '/b/k3f9?step=-1&ex=two&node=%3Cb%3E&lens=A%20B&op=%3E&show=all&layout=pile&scale=big&theme=red',
    );
    expect(place).toEqual({ ...NOWHERE, run: 'k3f9' });
    expect(fallbacks.map(({ part }) => part)).toEqual([
      'step',
      'ex',
      'node',
      'lens',
      'op',
      'show',
      'layout',
      'scale',
      'theme',
    ]);
  });

  it('knows step 0 and the present', () => {
    expect(parse('/b/k3f9?step=0').place.step).toBe(0);
    expect(parse('/b/k3f9?step=live').place.step).toBe('live');
    expect(parse('/models').place.run).toBe('');
  });
});

describe('names of nodes', () => {
  const paths = ['hidden1', 'blocks.0.attention', 'blocks.0'];

  it('count units from 1, where there is no node of that name', () => {
    expect(splitNode('hidden1.3', paths)).toEqual({ path: 'hidden1', unit: 2, cell: null });
    expect(splitNode('blocks.0', paths)).toEqual({ path: 'blocks.0', unit: null, cell: null });
    expect(splitNode('blocks.0.2', paths)).toEqual({ path: 'blocks.0', unit: 1, cell: null });
    expect(splitNode('hidden1', paths)).toEqual({ path: 'hidden1', unit: null, cell: null });
  });

  it('are nobody where there is no such node', () => {
    expect(splitNode('hidden9.1', paths)).toBeNull();
    expect(splitNode('hidden1.0', paths)).toBeNull();
    expect(splitNode('', paths)).toBeNull();
  });

  it('end with a cell of a map, counted from 1 there and from 0 here', () => {
    const cell = { row: 3, column: 4 };
    expect(splitNode('hidden1.7@4,5', paths)).toEqual({ path: 'hidden1', unit: 6, cell });
    expect(splitNode('blocks.0@4,5', paths)).toEqual({ path: 'blocks.0', unit: null, cell });
    for (const odd of ['0,5', '4', '4,', 'a,b', '4,5,6', '-1,2', '']) {
      expect(splitNode(`hidden1.7@${odd}`, paths)).toMatchObject({ unit: 6, cell: null });
    }
  });

  it('are put together again', () => {
    expect(joinNode('hidden1', 6, { row: 3, column: 4 })).toBe('hidden1.7@4,5');
    expect(joinNode('hidden1', 2)).toBe('hidden1.3');
    expect(joinNode('hidden1', null)).toBe('hidden1');
  });
});
