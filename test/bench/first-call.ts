/** Prints the milliseconds of the very first plan of a process. */

import { planDrags } from '../../shared/geometry/plan.ts'
import { grid, halfMask, image, spreadDrags } from './plan-case.ts'

const drags = spreadDrags(Number(process.argv[2]))
const start = performance.now()
planDrags(image, grid, drags, halfMask)
process.stdout.write(String(performance.now() - start))
