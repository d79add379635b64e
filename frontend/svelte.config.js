import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // Elements are made node by node; HTML strings would need a Trusted Types policy.
    fragments: 'tree',
    css: 'external',
  },
};
