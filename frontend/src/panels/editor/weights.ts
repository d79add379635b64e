/** What a layer's weights are like, in words: as they are at the step that is shown. */

import { spreadOf } from '../../graph/code';
import { four } from '../../graph/number';
import { say } from '../../messages/say';
import type { Tank } from '../../run/tank.svelte';
import { getProbe } from '../../wire/rest';

/** Say it of each tensor of a layer; null: it has none, or they are not to be had whole. */
export async function weightsSaid(tank: Tank, node: string | null): Promise<string | null> {
  const shapes = tank.inspection.nodes.find(({ path }) => path === node)?.parameter_shapes ?? {};
  const names = Object.keys(shapes);
  if (node === null || !names.length) return null;
  const { step } = tank.cursor;
  const when = step === 'live' ? '' : `&step=${step}`;
  const frame = await getProbe(tank.run.id, `weight?node=${node}${when}`).catch(() => null);
  const said = (frame?.arrays ?? []).flatMap(({ name, node: whose, data }) => {
    const shape = shapes[whose.slice(node.length + 1)];
    if (name !== 'weight' || !shape) return [];
    const { count, mean, spread } = spreadOf(data);
    // Of large tensors the server tells means of blocks, whose spread is another one.
    if (count !== shape.reduce((size, length) => size * length, 1)) return [];
    const values = { name: whose, shape: shape.join('×'), mean: four(mean), spread: four(spread) };
    return [say('code.weights', values)];
  });
  return said.length ? said.join('\n') : null;
}
