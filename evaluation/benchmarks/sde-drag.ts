/**
 * DragBench of SDE-Drag as its authors publish it: `sample/{origin_image.png, mask.png, prompt.json}`,
 * where `prompt.json` is `{source: [[x, y], ...], target: [[x, y], ...], prompt}` in indices of pixels.
 */

import { join } from 'node:path'
import { z } from 'zod'
import type { Benchmark } from '../case.ts'
import { folderBenchmark, type ReadCase, stemOf } from './cases.ts'
import { foldersWith, readJsonFile, readMaskFile, readPhotoFile } from './files.ts'
import { pairsOf } from './points.ts'
import { parsed } from './schema.ts'

const PHOTO = 'origin_image.png'
const Annotation = z.object({
  source: z.array(z.array(z.number())),
  target: z.array(z.array(z.number())),
  prompt: z.string().default(''),
})

export function sdeDrag(name: string, root: string): Benchmark {
  return folderBenchmark(
    name,
    () => foldersWith(root, [PHOTO, 'prompt.json']),
    (id) => readCase(join(root, id), id),
  )
}

async function readCase(folder: string, id: string): Promise<ReadCase> {
  const { photo, size } = await readPhotoFile(join(folder, PHOTO))
  const { source, target, prompt } = parsed(
    Annotation,
    await readJsonFile(join(folder, 'prompt.json')),
    'prompt.json',
  )
  const drags = pairsOf(source, target, size)
  const mask = await readMaskFile(join(folder, 'mask.png'), size)
  return {
    category: stemOf(id),
    photo,
    size,
    drags,
    scored: drags,
    mask: { kind: 'editable', mask },
    prompt,
  }
}
