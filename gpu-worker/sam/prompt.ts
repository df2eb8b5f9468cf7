/** What SAM is asked: points of a photo and a box, in pixels of the photo as displayed. */

import type { Point } from '../../shared/drag.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'

/** A point of the photo, and whether it is on the thing. */
export type PromptPoint = Point & { readonly on: boolean }

export type Prompt = {
  readonly points: readonly PromptPoint[]
  /** A box around the thing. */
  readonly box: Rectangle | null
}

/** Whether a prompt leaves open how large the thing is: one click alone does. */
export function isOpen({ points, box }: Prompt): boolean {
  return box === null && points.length === 1
}
