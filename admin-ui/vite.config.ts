import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const worker = process.env['FRAMESPOOL_URL'] ?? 'http://127.0.0.1:8083';
const restPaths = [
  '/connectors',
  '/connector-plugins',
  '/topics',
  '/metrics',
  '/logs',
  '/events',
  '/worker',
  '/admin',
  '/health',
];

export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 600,
    modulePreload: false,
    // The fonts come with the styles: one request less each, and the page keeps to two connections while it loads.
    assetsInlineLimit: (path) => path.endsWith('.woff2'),
  },
  server: { proxy: Object.fromEntries(restPaths.map((path) => [path, worker])) },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
