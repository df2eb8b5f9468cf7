/**
 * What an isolate does while it starts. V8 compiles a function when it is first called: without this, an
 * isolate's first plan would take half as long again.
 */

import { planDrags } from '../../../shared/geometry/plan.ts'

const SIDE = 64

/** Compiles the geometry, by a plan on a grid of 4 x 4 tokens. */
export function compileGeometry(): void {
  const size = { width: SIDE, height: SIDE }
  const data = new Uint8Array(SIDE * SIDE).fill(1, 0, (SIDE * SIDE) / 2)
  const drags = [{ handle: { x: 16, y: 16 }, target: { x: 40, y: 32 } }]
  planDrags(size, { rows: 4, cols: 4 }, drags, { ...size, data })
}
