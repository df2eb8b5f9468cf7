/**
 * The displacement behind a plan, before it was rounded to tokens: where each pixel that lands comes
 * from.
 */

import type { Size } from '../../../shared/drag.ts'
import { dragFields } from '../../../shared/geometry/correspondence.ts'
import { evaluateField } from '../../../shared/geometry/displacement.ts'
import type { PixelField } from '../../../shared/geometry/fields/pixel-field.ts'
import type { DragPlan, Motion } from '../../../shared/geometry/plan.ts'
import { labelComponents } from '../../../shared/geometry/source-mask.ts'

/**
 * For each target token of a plan, the field that leads from its pixels back to where they come from.
 *
 * @param image size as displayed, in pixels, as for the drags
 * @throws Error for the motion of another plan
 */
export function reverseFields(
  image: Size,
  {
    grid,
    sourceMask,
    targets,
    sources,
  }: Pick<DragPlan, 'grid' | 'sourceMask' | 'targets' | 'sources'>,
  { power, parts, partOf: given }: Motion,
): readonly PixelField[] {
  const scale = { scaleX: grid.cols / image.width, scaleY: grid.rows / image.height }
  const fields = parts.map((drags) => {
    const part = { tokens: sourceMask, drags: drags.map((_, i) => i) }
    const { reverse } = dragFields(image, grid, drags, part, power)
    return { sharp: reverse, evaluate: evaluateField.bind(null, reverse), ...scale }
  })
  const numbers = given && new Map(sourceMask.map((token, i) => [token, given[i]!]))
  const partOf = numbers
    ? (token: number) => numbers.get(token)!
    : partsOf(grid, sourceMask, parts.length)
  return targets.map((_, i) => {
    const field = fields[partOf(sources[i]!)]
    if (field === undefined) throw new Error(`source token ${sources[i]} is of no part that moves`)
    return field
  })
}

/** The part of a source token. */
function partsOf(
  grid: DragPlan['grid'],
  sourceMask: readonly number[],
  count: number,
): (token: number) => number {
  if (count === 1) return () => 0
  const inMask = new Uint8Array(grid.rows * grid.cols)
  for (const token of sourceMask) inMask[token] = 1
  const labels = labelComponents(inMask, grid)
  return (token) => labels[token]!
}
