import { describe, expect, it } from 'vitest';

import { has, say } from '../../messages/say';
import { spoken } from './spoken';

/** Every sentence of the probes that the lens shows, with values as they come. */
const READINGS: Record<string, Record<string, number | string>> = {
  'contrib.straight': { example: 3, node: 'output', unit: 0, source: 'hidden2', index: 1, name: 'hidden2.1', product: -0.5, inputs: 4, bias: 0.25, sum: -1 },
  'contrib.bent': { example: 3, node: 'hidden1', unit: 0, source: 'x', index: 0, name: 'x1', product: 0.5, inputs: 2, bias: 0.25, sum: 1, activation: 'Tanh', output: 0.7616 },
  'contrib.maps': { example: 3, node: 'conv2', unit: 6, what: 'cell', height: 14, width: 14, source: 'pool1', channel: 5, part: 2.182, maps: 6, inputs: 150, bias: -0.09, sum: 4.21, output: 4.21, fires: 'yes' },
  'contrib.window': { example: 3, node: 'conv1', unit: 0, what: 'cell', height: 5, width: 5, source: 'x', channel: 0, inputs: 25, bias: 0.1, sum: -1, output: -0.76, fires: 'no' },
  'contrib.average': { example: 3, node: 'pool1', unit: 0, what: 'cell', height: 6, width: 6, source: 'conv1', channel: 0, inputs: 4, bias: 0, sum: 0.5, output: 0.5, fires: 'yes' },
  'contrib.winner': { example: 3, node: 'pool1', unit: 0, what: 'cell', height: 6, width: 6, source: 'conv1', channel: 0, at_row: 3, at_column: 0, inputs: 4, bias: 0, sum: 0.5, output: 0.5, fires: 'yes' },
  'rf.sees': { example: 3, node: 'conv2', unit: 0, height: 14, width: 14, rows: 32, columns: 32, share: 0.4 },
  'rf.deaf': { example: 3, node: 'conv2', unit: 0, height: 14, width: 14, rows: 32, columns: 32 },
  'filter.strongest': { node: 'conv2', kernels: 96, height: 5, width: 5, unit: 4, source: 'pool1', channel: 5, length: 0.28 },
  'excite.most': { example: 3, node: 'conv2', unit: 4, peak: 0.9, silent: 0.12, seen: 1024, total: 3235 },
  'excite.never': { node: 'conv2', unit: 4, peak: 0, seen: 1024, total: 3235 },
  'count.beside': { node: 'conv2', formula: '16·(6·5·5) + 16', parameters: 2416, dense: 885760, factor: 366.6 },
  'count.dense': { node: 'dense1', formula: '84·120 + 84', parameters: 10164 },
  'count.none': { node: 'pool1', dense: 885760 },
  'grad.shrinks': { example: 3, loss: 0.5, last: 'output', first: 'hidden1', factor: 0.03 },
  'grad.grows': { example: 3, loss: 0.5, last: 'output', first: 'hidden1', factor: 3.2 },
  'grad.one': { example: 3, loss: 0.5, node: 'output', gradient: -0.2 },
  'grad.none': { example: 3, loss: 0 },
  'weight.largest': { parameter: 'hidden1.weight', row: 0, column: 1, value: 2.5 },
  'weight.moved': { parameter: 'hidden1.weight', row: 0, column: 1, value: 2.5, update: -0.01 },
  'weight.none': {},
  'unit.saturated': { node: 'hidden1', unit: 0, activation: 'Tanh', count: 12, total: 160, share: 0.075 },
  'unit.off': { node: 'hidden1', unit: 0, activation: 'ReLU', count: 0, total: 160, share: 0 },
  'unit.switches': { node: 'output', unit: 0, activation: 'Step', count: 1, total: 4, share: 0.25 },
  'unit.straight': { node: 'output', unit: 0, least: -3, greatest: 4.5 },
  'hidden.line': { stages: 2, wrong: 0, count: 240 },
  'hidden.kept': { stages: 2, node: 'hidden2', kept: 0.83 },
  'history.travelled': { node: 'hidden1', unit: 0, source: 'x', index: 1, name: 'x2', before: 0.1, now: -2, since: 0 },
  'history.began': { node: 'hidden1', unit: 0, inputs: 2 },
  'loss.idle': { example: 3, loss: 0, slope: 0, idle: 400, total: 500 },
  'loss.pulls': { example: 3, loss: 0.5, slope: -0.2, greatest: 1.7, total: 160 },
}; // prettier-ignore

describe('readings', () => {
  it.each(Object.entries(READINGS))('%s is a whole sentence', (key, values) => {
    const said = spoken({ key, values });
    expect(said && has(said.key)).toBe(true);
    const sentence = said ? say(said.key, said.values) : '';
    expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
    expect(sentence).not.toMatch(/[{}]|undefined|NaN/);
  });

  it('count units from 1 and print sums with four decimals', () => {
    const said = spoken({ key: 'contrib.bent', values: READINGS['contrib.bent'] ?? {} });
    const sentence = said ? say(said.key, said.values) : '';
    expect(sentence).toContain('x₁ pushes up most (+0.5000)');
    expect(sentence).toContain('2 inputs and the bias make +1.0000; tanh makes of it +0.7616.');
    expect(spoken({ key: 'history.began', values: { unit: 0 } })?.values['unit']).toBe(1);
  });
});
