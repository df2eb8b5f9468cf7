/**
 * ReD Bench of DragFlow: `name/{original_image.png, operation.png, instruction.json}`. The mask
 * `operation.png` marks what moves. `instruction.json` has the drag as points
 * (`point_operations: {begin_points, target_points}`, [[x, y], ...] in indices of pixels) and as regions
 * (`region_operations`, by number, each with a `task`), and two prompts.
 */

import { z } from 'zod'
import type { Benchmark } from '../case.ts'
import { jsonFolders } from './json-folders.ts'
import { pairsOf } from './points.ts'

const Points = z.array(z.array(z.number()))
const Instruction = z.object({
  point_operations: z.object({ begin_points: Points, target_points: Points }),
  region_operations: z.record(z.string(), z.object({ task: z.string() })).default({}),
  background_prompt: z.string().default(''),
})

export function redBench(name: string, root: string): Benchmark {
  return jsonFolders(name, root, {
    photo: 'original_image.png',
    mask: 'operation.png',
    annotation: 'instruction.json',
    schema: Instruction,
    marks: 'object',
    read: ({ point_operations: points, region_operations: regions, background_prompt }, size) => {
      const tasks = new Set(Object.values(regions).map(({ task }) => task))
      return {
        category: tasks.size === 0 ? null : [...tasks].sort().join(' and '),
        drags: pairsOf(points.begin_points, points.target_points, size),
        prompt: background_prompt,
      }
    },
  })
}
