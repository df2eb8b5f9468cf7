/** Whether a result of some size can be written in the format that a request asks for. */

import type { Size } from '../drag.ts'
import { EditError } from '../errors.ts'
import type { SamplerSettings } from './sampler-settings.ts'

/** Longest side that a format can hold and its encoder writes; PNG has none within our limits. */
const MAX_SIDE = { png: Number.POSITIVE_INFINITY, jpeg: 65_500, webp: 16_383 } as const

/**
 * Checks the size of the result of a photo.
 *
 * @throws EditError `invalid_option`
 */
export function checkOutput({ format, maxSize }: SamplerSettings['output'], photo: Size): void {
  const side = Math.min(maxSize ?? Number.POSITIVE_INFINITY, Math.max(photo.width, photo.height))
  if (side <= MAX_SIDE[format]) return
  throw new EditError(
    'invalid_option',
    `the result would have a side of ${side} pixels; ${format} allows at most ${MAX_SIDE[format]}: choose another format or a smaller maxSize`,
    { pointer: maxSize === undefined ? '/output/format' : '/output/maxSize' },
  )
}
