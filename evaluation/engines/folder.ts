/**
 * Results that were made elsewhere, in a folder: pictures named by the id of their case, or in a folder
 * of that name, as the peers' own scripts leave them.
 */

import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import sharp from 'sharp'
import { EditError } from '../../shared/errors.ts'
import type { EvaluationCase } from '../case.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { decodePicture } from '../picture.ts'

const ENDINGS = ['.png', '.jpg', '.jpeg', '.webp']
/** Names of results within a folder of their own: of DragDiffusion's family, GoodDrag, DragFlow. */
const WITHIN = ['dragged_image', 'output_image', 'result']

/** @throws EditError `invalid_request` if there is no such folder, or it is to be set to something */
export async function checkFolder(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const reject = (detail: string) =>
    new EditError('invalid_request', detail, { pointer: '/engine' })
  const [key] = Object.keys(settings)
  if (key !== undefined) throw reject(`the results of folder:${folder} have no ${key} to set`)
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory() !== true) throw reject(`folder:${folder} is no folder`)
}

export function folderEngine(name: string, folder: string): EvaluatedEngine {
  return {
    name,
    async edit(one) {
      const { path, bytes } = await find(folder, one.id)
      const found = await sharp(bytes).metadata()
      const { width, height } = one.size
      const turned = await decodePicture(bytes)
      if (turned.width === width && turned.height === height)
        return { picture: turned, timings: {}, record: { file: path } }
      return {
        // Like the evaluation of DragDiffusion, which resizes bilinearly.
        picture: await decodePicture(
          await sharp(bytes)
            .rotate()
            .resize(width, height, { fit: 'fill', kernel: 'linear' })
            .png()
            .toBuffer(),
        ),
        timings: {},
        record: { file: path, resizedFrom: { width: found.width, height: found.height } },
      }
    },
    async close() {},
  }
}

/** The places where a case's result may be, likeliest first. */
function* placesOf(id: EvaluationCase['id']): Generator<string> {
  const flat = [id, id.replaceAll('/', '_'), id.replaceAll('/', '-'), basename(id)]
  for (const stem of new Set(flat))
    for (const ending of ENDINGS) {
      yield `${stem}${ending}`
      for (const within of WITHIN) yield `${stem}/${within}${ending}`
    }
}

/** @throws Error if there is no picture for the case */
async function find(folder: string, id: string): Promise<{ path: string; bytes: Uint8Array }> {
  for (const path of placesOf(id)) {
    try {
      return { path, bytes: await readFile(join(folder, path)) }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    }
  }
  throw new Error(`the folder has no picture of this case (such as ${id}.png)`)
}
