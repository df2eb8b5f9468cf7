/**
 * Drag100 of GoodDrag: `name/{original.jpg, mask.png, points.json}`, where `points.json` is
 * `{points: [[x, y], ...]}`, handles and targets by turns, in indices of pixels. The mask is white on
 * what may change.
 */

import { join } from 'node:path'
import { z } from 'zod'
import type { Benchmark } from '../case.ts'
import { folderBenchmark, type ReadCase, stemOf } from './cases.ts'
import { foldersWith, readJsonFile, readMaskFile, readPhotoFile } from './files.ts'
import { dragsOf } from './points.ts'
import { parsed } from './schema.ts'

const PHOTO = 'original.jpg'
const Annotation = z.object({ points: z.array(z.array(z.number())) })

export function drag100(name: string, root: string): Benchmark {
  return folderBenchmark(
    name,
    () => foldersWith(root, [PHOTO, 'points.json']),
    (id) => readCase(join(root, id), id),
  )
}

async function readCase(folder: string, id: string): Promise<ReadCase> {
  const { photo, size } = await readPhotoFile(join(folder, PHOTO))
  const { points } = parsed(
    Annotation,
    await readJsonFile(join(folder, 'points.json')),
    'points.json',
  )
  const drags = dragsOf(points, size)
  const mask = await readMaskFile(join(folder, 'mask.png'), size)
  return {
    category: stemOf(id),
    photo,
    size,
    drags,
    scored: drags,
    mask: { kind: 'editable', mask },
    prompt: '',
  }
}
