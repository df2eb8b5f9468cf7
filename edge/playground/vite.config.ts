/** Builds the playground to static files in `dist/assets`, which the edge's Worker serves. */

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
    // The files of the API reference are in the same folder.
    emptyOutDir: false,
    assetsDir: 'app',
    // The content security policy allows neither inline nor data: scripts.
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
  },
  worker: { format: 'es' },
})
