/** The mask of what changes with the things of a draft, such as a shadow, from a file. */

import type { Size } from '../../../shared/drag.ts'
import type { Draft } from './draft.ts'
import { readMask } from './mask-png.ts'
import { PhotoError } from './photo.ts'

/**
 * The step that takes the mask in a file into a draft, or forgets it.
 *
 * @param shown size of the shown copy
 * @throws PhotoError for a file that is no picture
 */
export async function affecting(
  file: Blob | null,
  { width, height }: Size,
): Promise<(now: Draft) => Draft> {
  if (file === null) return ({ affects: _, ...now }) => now
  try {
    const affects = await readMask(file, width, height)
    return (now) => ({ ...now, affects })
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    throw new PhotoError('This file is not a picture.')
  }
}
