import { describe, expect, it } from 'vitest';

import { choose } from '../../graph/choice';
import { entrancesOf, stagesOf } from '../../graph/stages';
import { inspection, node, spec } from '../../graph/testing';
import { begin, document, read } from './cost';
import { mosaicOf } from './mosaic';
import { hasFilters, mapsMaps, readsMaps, seesPictures } from './maps';
import { lensesFor } from './tabs';

const flows = (source: string, axes: string, ...shape: number[]) => ({
  inputs: [{ port: 'input', source, spec: spec(axes, ...shape) }],
});
const inspected = inspection([
  node('first', 'Conv2d', ['x'], {
    ...flows('x', 'CHW', 1, 28, 28),
    outputs: { output: spec('CHW', 6, 24, 24) },
    parameter_shapes: { weight: [6, 1, 5, 5], bias: [6] },
    parameters: 156,
  }),
  node('smaller', 'AvgPool2d', ['first'], {
    ...flows('first', 'CHW', 6, 24, 24),
    outputs: { output: spec('CHW', 6, 12, 12) },
  }),
  node('second', 'SparseConv2d', ['smaller'], {
    ...flows('smaller', 'CHW', 6, 12, 12),
    outputs: { output: spec('CHW', 16, 8, 8) },
    parameter_shapes: { weight: [60, 5, 5], bias: [16] },
    parameters: 1516,
  }),
  node('row', 'Flatten', ['second'], {
    ...flows('second', 'CHW', 16, 8, 8),
    outputs: { output: spec('D', 1024) },
  }),
  node('dense', 'Linear', ['row'], {
    ...flows('row', 'D', 1024),
    outputs: { output: spec('D', 10) },
    parameter_shapes: { weight: [10, 1024], bias: [10] },
    parameters: 10250,
  }),
]);
const around = { stages: stagesOf(inspected), entrances: entrancesOf(inspected) };

function at(name: string) {
  const chosen = choose(around.stages, name);
  if (!chosen) throw new Error(name);
  return chosen;
}

describe('lenses on maps', () => {
  it('follow from axes and shapes', () => {
    expect(lensesFor(at('second.7'), around, 'none')).toEqual([
      'arithmetic',
      'filters',
      'field',
      'excite',
      'count',
      'history',
      'gradients',
    ]);
    expect(lensesFor(at('smaller.1'), around, 'none')).toEqual(['arithmetic', 'field', 'excite']);
    expect(lensesFor(at('dense.1'), around, 'none')).toContain('count');
    expect(lensesFor(at('row.1'), around, 'none')).toEqual(['excite']);
  });

  it('know maps of maps, filters, and rows that were maps', () => {
    expect(mapsMaps(at('smaller.1').stage, around)).toBe(true);
    expect(hasFilters(at('smaller.1').stage, around)).toBe(false);
    expect(hasFilters(at('second.1').stage, around)).toBe(true);
    expect(readsMaps(at('dense.1'), around)).toBe(true);
    expect(mapsMaps(at('dense.1').stage, around)).toBe(false);
    expect(seesPictures(around)).toBe(true);
  });
});

describe('what a layer costs', () => {
  it('begins with the layer as it is', () => {
    expect(begin(at('second.1').stage, around)).toEqual({
      input: [6, 12, 12],
      filters: 16,
      size: 5,
      stride: 1,
      padding: 0,
      units: null,
    });
    expect(begin(at('smaller.1').stage, around)).toMatchObject({ size: 2, stride: 2, padding: 0 });
    expect(begin(at('dense.1').stage, around)).toBeNull();
  });

  it('is what the service counts, beside a dense layer', () => {
    const plan = begin(at('second.1').stage, around);
    if (!plan) throw new Error('no plan');
    const answer = {
      ...inspection([
        node('layer', 'Conv2d', ['x'], {
          outputs: { output: spec('CHW', 16, 8, 8) },
          parameter_shapes: { weight: [16, 6, 5, 5], bias: [16] },
        }),
      ]),
      parameters: 2416,
    };
    const cost = read(plan, answer);
    expect(cost).toMatchObject({ parameters: 2416, dense: 885760, formula: '16·(6·5·5) + 16' });
    expect(read({ ...plan, input: [3, 1000, 1000], units: 1000 }, answer).dense).toBe(3000001000);
    expect(JSON.stringify(document(plan))).toContain('"kernel_size":5');
  });
});

describe('a mosaic', () => {
  it('lays tiles side by side', () => {
    const one = (value: number) => ({ values: [value], rows: 1, columns: 1 });
    const found = mosaicOf([1, 2, 3, 4].map(one));
    expect(found).toMatchObject({ rows: 2, columns: 2 });
    expect(Array.from(found.values)).toEqual([1, 2, 3, 4]);
    const wide = mosaicOf([
      { values: [1, 2], rows: 2, columns: 1 },
      { values: [3, 4], rows: 2, columns: 1 },
    ]);
    expect(wide).toMatchObject({ rows: 2, columns: 3 });
    expect(Array.from(wide.values)).toEqual([1, 0, 3, 2, 0, 4]);
    expect(mosaicOf([]).rows).toBe(0);
  });
});
