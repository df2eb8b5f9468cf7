/** Builds the console to static files in `dist/assets/console`, which the edge's Worker serves. */

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: '/console/',
  publicDir: false,
  cacheDir: here('../../../node_modules/.vite-console'),
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('../../../dist/assets/console'),
    emptyOutDir: true,
    assetsDir: 'app',
    // The content security policy allows neither inline nor data: scripts.
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
    rolldownOptions: { checks: { pluginTimings: false } },
  },
})
