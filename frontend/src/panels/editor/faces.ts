/** The ways in which a network is edited. Each is a component that is given the tank. */

import type { Component } from 'svelte';

import type { Layout } from '../../graph/cursor';
import type { Tank } from '../../run/tank.svelte';
import Code from './Code.svelte';
import Graph from './Graph.svelte';
import Stack from './Stack.svelte';

export interface Face {
  value: Layout;
  component: Component<{ tank: Tank }>;
}

export const FACES: readonly Face[] = [
  { value: 'spine', component: Stack },
  { value: 'graph', component: Graph },
  { value: 'code', component: Code },
];
