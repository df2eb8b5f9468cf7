/**
 * DragBench of SDE-Drag as its authors publish it: `sample/{origin_image.png, mask.png, prompt.json}`,
 * where `prompt.json` is `{source: [[x, y], ...], target: [[x, y], ...], prompt}` in indices of pixels.
 */

import { z } from 'zod'
import type { Benchmark } from '../case.ts'
import { stemOf } from './cases.ts'
import { jsonFolders } from './json-folders.ts'
import { pairsOf } from './points.ts'

const Annotation = z.object({
  source: z.array(z.array(z.number())),
  target: z.array(z.array(z.number())),
  prompt: z.string().default(''),
})

export function sdeDrag(name: string, root: string): Benchmark {
  return jsonFolders(name, root, {
    photo: 'origin_image.png',
    mask: 'mask.png',
    annotation: 'prompt.json',
    schema: Annotation,
    marks: 'editable',
    read: ({ source, target, prompt }, size, id) => ({
      category: stemOf(id),
      drags: pairsOf(source, target, size),
      prompt,
    }),
  })
}
