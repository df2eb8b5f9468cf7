/**
 * ReD Bench of DragFlow: `name/{original_image.png, operation.png, instruction.json}`. The mask
 * `operation.png` marks what moves. `instruction.json` has the drag as points
 * (`point_operations: {begin_points, target_points}`, [[x, y], ...] in indices of pixels) and as regions
 * (`region_operations`, by number, each with a `task`), and two prompts.
 */

import { join } from 'node:path'
import { z } from 'zod'
import type { Benchmark } from '../case.ts'
import { folderBenchmark, type ReadCase } from './cases.ts'
import { foldersWith, readJsonFile, readMaskFile, readPhotoFile } from './files.ts'
import { pairsOf } from './points.ts'
import { parsed } from './schema.ts'

const PHOTO = 'original_image.png'
const Points = z.array(z.array(z.number()))
const Instruction = z.object({
  point_operations: z.object({ begin_points: Points, target_points: Points }),
  region_operations: z.record(z.string(), z.object({ task: z.string() })).default({}),
  background_prompt: z.string().default(''),
})

export function redBench(name: string, root: string): Benchmark {
  return folderBenchmark(
    name,
    () => foldersWith(root, [PHOTO, 'instruction.json']),
    (id) => readCase(join(root, id)),
  )
}

async function readCase(folder: string): Promise<ReadCase> {
  const { photo, size } = await readPhotoFile(join(folder, PHOTO))
  const instruction = parsed(
    Instruction,
    await readJsonFile(join(folder, 'instruction.json')),
    'instruction.json',
  )
  const { begin_points: handles, target_points: targets } = instruction.point_operations
  const drags = pairsOf(handles, targets, size)
  const tasks = new Set(Object.values(instruction.region_operations).map(({ task }) => task))
  const mask = await readMaskFile(join(folder, 'operation.png'), size)
  return {
    category: tasks.size === 0 ? null : [...tasks].sort().join(' and '),
    photo,
    size,
    drags,
    scored: drags,
    mask: { kind: 'object', mask },
    prompt: instruction.background_prompt,
  }
}
