/** Writes a study: one page, with its pictures under names that say nothing. */

import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
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
 * @param names of what is compared; if they are equal, the folders' paths are taken
 * @returns the page
 */
export async function writeStudy(
  pairs: readonly PairFiles[],
  names: Pick<Study, 'a' | 'b'>,
  out: string,
): Promise<string> {
  const id = await idOf(pairs)
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
  const study: Study = { id, ...distinct(names, pairs), pairs: written }
  const file = join(out, 'index.html')
  await writeFile(file, await pageOf(study))
  return file
}

/** Of the pictures and their order: votes on others, or on the same with sides swapped, do not add up. */
async function idOf(pairs: readonly PairFiles[]): Promise<string> {
  const parts: (string | null)[] = []
  for (const { id, a, b, photo } of pairs) {
    parts.push(id)
    for (const file of [a, b, photo])
      parts.push(file === null ? null : digest(await readFile(file)))
  }
  return digest(JSON.stringify(parts))
}

/** Results of the same engine in two runs have the same name: then their folders tell them apart. */
function distinct(names: Pick<Study, 'a' | 'b'>, [first]: readonly PairFiles[]) {
  if (names.a !== names.b || first === undefined) return names
  const folder = (file: string) => file.slice(0, -`/${first.id}${extname(file)}`.length)
  return { a: folder(first.a), b: folder(first.b) }
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

function digest(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
