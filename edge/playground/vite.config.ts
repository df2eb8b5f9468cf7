/** Builds the playground to static files in `dist/assets`, which the edge's Worker serves. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { defineConfig, type Plugin } from 'vite'
import { EDIT_FILE_VERSION } from '../../shared/files/edit-file-version.ts'
import { photographs, shown } from './panel/start/photographs.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const photo = (name: string, file: string) => here(`../../samples/photos/${name}/${file}`)

/** The photographs beside the page: of each an edit file and a thumbnail; of one, before and after; and their licences. */
const samples: Plugin = {
  name: 'samples',
  async generateBundle() {
    const emit = (name: string, source: string | Uint8Array) =>
      this.emitFile({ type: 'asset', fileName: `samples/${name}`, source })
    for (const { name } of photographs) {
      emit(`${name}.json`, JSON.stringify(await editFile(name)))
      const small = sharp(photo(name, 'photo.jpg')).resize(320, 214).jpeg({ quality: 75 })
      emit(`${name}.jpg`, await small.toBuffer())
    }
    emit('LICENSE.txt', await readFile(here('../../samples/photos/LICENSE.md')))
    for (const [name, file] of [
      ['before', 'photo.jpg'],
      ['after', 'result.jpg'],
    ] as const) {
      const large = sharp(photo(shown.name, file)).resize(640).jpeg({ quality: 80, mozjpeg: true })
      emit(`${name}.jpg`, await large.toBuffer())
    }
  },
}

/** What the page and `contextdrag edit --from` open. */
async function editFile(name: string): Promise<object> {
  const [image, mask, drags] = await Promise.all(
    ['photo.jpg', 'mask.png', 'drags.json'].map((file) => readFile(photo(name, file))),
  )
  return {
    version: EDIT_FILE_VERSION,
    name: `${name}.jpg`,
    create: {
      model: 'instant',
      image: `data:image/jpeg;base64,${image?.toString('base64')}`,
      mask: `data:image/png;base64,${mask?.toString('base64')}`,
      drags: JSON.parse(String(drags)),
    },
  }
}

export default defineConfig({
  root: here('.'),
  publicDir: here('public'),
  cacheDir: here('../../node_modules/.vite-playground'),
  logLevel: 'warn',
  plugins: [samples],
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
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  worker: { format: 'es' },
})
