import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // Elements are made node by node; HTML strings would need a Trusted Types policy.
    fragments: 'tree',
    css: 'external',
    // Panels are given one `tank` for life; that they read it while they are set up is no mistake.
    warningFilter: (warning) => warning.code !== 'state_referenced_locally',
  },
};
