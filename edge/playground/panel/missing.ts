/** What is still missing before the edit can be run. */

import { isPin, type Size } from '../../../shared/drag.ts'
import { shortDrags } from '../../../shared/geometry/warnings.ts'
import { gridOf, isBackbone, models } from '../../../shared/models.ts'
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
  const { maxAspect, title } = models[options.model]
  if (Math.max(width, height) > maxAspect * Math.min(width, height))
    return `The photo is too long and narrow for ${title}: choose another model.`
  if (things.length === 0) return 'First click the thing that should move.'
  if (finding) return 'Wait: the outline is still being found.'
  if (drags.every(isPin)) return 'Now drag the thing to where it should be.'
  // The tokens of a crop are smaller: whether something moves is judged when the edit is sent.
  const whole = (options.workingArea ?? 'photo') === 'photo'
  if (!isBackbone(options.model) || !whole) return null
  const [short] = shortDrags(size, gridOf(options.model, size).grid, drags)
  if (short !== undefined)
    return `Drag it further: the smallest drag that moves anything is ${short.pixels} pixels of the photo.`
  return null
}
