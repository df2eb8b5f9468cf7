/** What is still missing before the edit can be run. */

import { type BackboneName, backbones, gridOf } from '../../../shared/backbones.ts'
import { isPin, type Size } from '../../../shared/drag.ts'
import { areAllShort, nothingMoves } from '../../../shared/geometry/warnings.ts'
import type { Draft } from '../edit/draft.ts'

/**
 * Why the edit cannot be run yet; null if it can.
 *
 * @param size of the photo
 * @param finding whether an outline is still being found
 */
export function missingOf(
  { things, drags, options }: Draft,
  size: Size,
  finding: boolean,
): string | null {
  const { width, height } = size
  const { maxAspect, title } = backbones[options.model as BackboneName]
  if (Math.max(width, height) > maxAspect * Math.min(width, height))
    return `The photo is too long and narrow for ${title}: choose another model under Advanced.`
  if (things.length === 0) return 'First click the thing that should move.'
  if (finding) return 'Wait: the outline is still being found.'
  if (drags.every(isPin)) return 'Now drag the thing to where it should be.'
  const { grid } = gridOf(options.model as BackboneName, size)
  if (areAllShort(size, grid, drags))
    return `Drag it further: the smallest drag that moves anything is ${nothingMoves(size, grid, drags).pixels} pixels of the photo.`
  return null
}
