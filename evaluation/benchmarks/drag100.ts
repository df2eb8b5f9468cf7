/**
 * Drag100 of GoodDrag: `name/{original.jpg, mask.png, points.json}`, where `points.json` is
 * `{points: [[x, y], ...]}`, handles and targets by turns, in indices of pixels. The mask is white on
 * what may change.
 */

import { z } from 'zod'
import type { Benchmark } from '../case.ts'
import { stemOf } from './cases.ts'
import { jsonFolders } from './json-folders.ts'
import { dragsOf } from './points.ts'

const Annotation = z.object({ points: z.array(z.array(z.number())) })

export function drag100(name: string, root: string): Benchmark {
  return jsonFolders(name, root, {
    photo: 'original.jpg',
    mask: 'mask.png',
    annotation: 'points.json',
    schema: Annotation,
    marks: 'editable',
    read: ({ points }, size, id) => ({
      category: stemOf(id),
      drags: dragsOf(points, size),
      prompt: '',
    }),
  })
}
