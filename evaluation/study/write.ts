/** Writes a study: one page, with its pictures under names that say nothing. */

import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import sharp from 'sharp'
import type { Pair, Study } from './ballot.ts'
import type { PairFiles } from './pairs.ts'

/** Longest side of the pictures, and their quality as WebP: all alike, whatever they were. */
const SIDE = 1024
const QUALITY = 92

const page = (name: string) => fileURLToPath(new URL(`./page/${name}`, import.meta.url))

/**
 * @param names of what is compared
 * @returns the page
 */
export async function writeStudy(
  pairs: readonly PairFiles[],
  names: { readonly a: string; readonly b: string },
  out: string,
): Promise<string> {
  const id = digest([names.a, names.b, ...pairs.map((pair) => pair.id)].join('\n'))
  await mkdir(join(out, 'pictures'), { recursive: true })
  const written: Pair[] = []
  for (const pair of pairs) {
    const put = (file: string, role: string) =>
      putPicture(file, out, digest(`${id}${pair.id}${role}`))
    written.push({
      id: pair.id,
      a: await put(pair.a, 'a'),
      b: await put(pair.b, 'b'),
      photo: pair.photo === null ? null : await put(pair.photo, 'photo'),
      asked: pair.asked,
    })
  }
  const study: Study = { id, ...names, pairs: written }
  const file = join(out, 'index.html')
  await writeFile(file, await pageOf(study))
  return file
}

async function putPicture(file: string, out: string, name: string): Promise<string> {
  const path = `pictures/${name}.webp`
  await sharp(file)
    .rotate()
    .resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: QUALITY })
    .toFile(join(out, path))
  return path
}

async function pageOf(study: Study): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [page('page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    minify: true,
    target: 'es2022',
  })
  const [script] = outputFiles
  if (script === undefined) throw new Error('the page has no script')
  // A `<` in a name must not end the element.
  const data = JSON.stringify(study).replaceAll('<', '\\u003c')
  const scripts = `<script type="application/json" id="study">${data}</script>\n<script>${script.text}</script>`
  const html = await readFile(page('page.html'), 'utf8')
  return html.replace('<!-- study -->', () => scripts)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
