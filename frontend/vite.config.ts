import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const backend = process.env['NEURARIUM_BACKEND'] ?? 'http://127.0.0.1:8000';
// The service refuses foreign origins, so the proxy speaks under the service's own.
const proxied = {
  target: backend,
  ws: true,
  changeOrigin: true,
  rewriteWsOrigin: true,
  headers: { origin: backend },
};

export default defineConfig({
  plugins: [svelte()],
  build: {
    // The page has one address in every mode: wheel, editable install, container.
    outDir: '../backend/neurarium/static',
    emptyOutDir: true,
    target: 'es2022',
    // The page is served under a policy without data: scripts, inline styles or inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Whose code is in it, and under which licences.
    license: { fileName: 'licences.md' },
  },
  // Under vitest Svelte would otherwise resolve to its server half, without effects.
  ...(process.env['VITEST'] ? { resolve: { conditions: ['browser'] } } : {}),
  worker: { format: 'es' },
  server: {
    strictPort: true,
    proxy: { '/api': proxied, '/healthz': proxied, '/readyz': proxied },
  },
  test: {
    include: ['src/**/*.test.ts'],
    passWithNoTests: true,
    restoreMocks: true,
    // Modules keep nothing that a test of another file would notice: loading them once takes a fifth of the time.
    isolate: false,
  },
});
