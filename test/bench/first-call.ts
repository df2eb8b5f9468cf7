/**
 * Prints the milliseconds of the very first plan of a process, after what an isolate of the edge does while
 * it starts, and those of that start: processor time of the thread, and by the clock.
 */

import { compileGeometry } from '../../edge/use-cases/edits/compile-geometry.ts'
import { planDrags } from '../../shared/geometry/plan.ts'
import { grid, halfMask, image, spreadDrags } from './plan-case.ts'

function timeOf(work: () => void): { readonly processor: number; readonly clock: number } {
  const before = process.threadCpuUsage()
  const start = performance.now()
  work()
  const clock = performance.now() - start
  const { user, system } = process.threadCpuUsage(before)
  return { processor: (user + system) / 1000, clock }
}

const drags = spreadDrags(Number(process.argv[2]))
const start = timeOf(compileGeometry)
const plan = timeOf(() => planDrags(image, grid, drags, halfMask))
process.stdout.write(JSON.stringify({ start, plan }))
