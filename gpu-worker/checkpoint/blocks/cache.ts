/** Keeps the weights of a checkpoint in blocks on the disk, so that they are rounded only once. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ExternalTensor } from '../../onnx/graph.ts'
import { cachedFolder } from '../cached-folder.ts'
import { readHeader } from '../safetensors.ts'
import { unreadable, unusable } from '../unusable.ts'
import { type Source, scalesOf, writeBlocks, writtenOf } from './write.ts'

/** Increase it when the same weights are rounded to other blocks. */
const REVISION = 1

const WEIGHTS = 'weights.safetensors'
const MANIFEST = 'manifest.json'

/** What the weights were made from, and the digest of their file. */
const Manifest = z.object({ source: z.string(), sha256: z.string() })

/**
 * The matrices in blocks, from `cache`. There is one folder for each `place`; it is written again if the
 * checkpoint has changed, or if its bytes are not those that were written.
 *
 * @param place what the folder is for, such as the path of the checkpoint and a form
 * @throws EditError `model_unavailable` as {@link writeBlocks}, and if the folder cannot be written
 */
export async function cachedBlocks(
  cache: string,
  place: { readonly name: string; readonly of: string },
  sources: ReadonlyMap<string, Source>,
): Promise<Map<string, ExternalTensor>> {
  const source = await sourceKey(sources)
  const name = `${place.name}-${sha256(place.of).slice(0, 16)}`
  const folder = await cachedFolder(cache, name, {
    isIn: (at) => isMadeFrom(at, source),
    async write(at) {
      const digest = await writeBlocks(join(at, WEIGHTS), sources)
      await writeFile(join(at, MANIFEST), `${JSON.stringify({ source, sha256: digest })}\n`)
    },
  })
  return locate(join(folder, WEIGHTS), sources)
}

/** Changes with the forms, with the names, shapes and places of the matrices, and when a file is written. */
async function sourceKey(sources: ReadonlyMap<string, Source>): Promise<string> {
  const files = new Set<string>()
  const places = [...sources].map(([name, { tensor, form }]) => {
    for (const { file } of [tensor, ...(tensor.scale === undefined ? [] : [tensor.scale])])
      files.add(file)
    return [name, tensor, form]
  })
  const states: unknown[] = []
  for (const file of files) {
    const { size, mtimeNs } = await stat(file, { bigint: true }).catch((cause) => {
      throw unreadable(file, cause)
    })
    states.push([String(size), String(mtimeNs)])
  }
  return sha256(JSON.stringify([REVISION, places, states]))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Whether a folder is there, is of this source, and has the bytes that were written. */
async function isMadeFrom(folder: string, source: string): Promise<boolean> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(absent)
  const manifest = Manifest.safeParse(parsed(text ?? ''))
  if (!manifest.success || manifest.data.source !== source) return false
  return (await digestOf(join(folder, WEIGHTS))) === manifest.data.sha256
}

/** Reading them also brings them into the page cache, from which a session loads them. */
async function digestOf(file: string): Promise<string | null> {
  const digest = createHash('sha256')
  try {
    for await (const part of createReadStream(file, { highWaterMark: 8 << 20 })) digest.update(part)
  } catch (error) {
    return absent(error as NodeJS.ErrnoException)
  }
  return digest.digest('hex')
}

/** Null for a file that is not there. */
function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The matrices as byte ranges of the file. */
async function locate(
  path: string,
  sources: ReadonlyMap<string, Source>,
): Promise<Map<string, ExternalTensor>> {
  const stored = await readHeader(path)
  const located = new Map<string, ExternalTensor>()
  for (const [name, source] of sources) {
    const { dims } = source.tensor
    const { bits, size, scale: type } = source.form
    const codes = stored.get(name)
    const scales = stored.get(scalesOf(name))
    const [, { dims: scaleDims }] = writtenOf(name, source)
    if (codes === undefined || scales === undefined) throw unusable(path, `has no ${name}`)
    const blocks = { bits, size, scales: { ...scales, type, dims: scaleDims } }
    located.set(name, { ...codes, type: 'U8', dims, blocks })
  }
  return located
}
