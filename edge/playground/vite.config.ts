/** The playground as static files: `dist/assets`, served by the Worker beside its own routes. */

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  publicDir: here('public'),
  cacheDir: here('../../node_modules/.vite-playground'),
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('../../dist/assets'),
    // The reference page's files lie there too.
    emptyOutDir: false,
    assetsDir: 'app',
    // A policy without 'unsafe-inline' or data: scripts.
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
  },
  worker: { format: 'es' },
})
