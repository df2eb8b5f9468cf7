/** How much of what was there before is still seen where something else should be. */

import type { EvaluationCase } from '../case.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { decodePicture, type Picture } from '../picture.ts'

export type Shares = {
  /** Of the old picture, where the thing should be: 0 is the thing alone, 1 what was there before. */
  readonly ghost: number
  /** Of the thing, where it was: 0 is what the truth has there, 1 the thing as it was. */
  readonly left: number
}

/** @throws Error for a case without truth; whatever the engine throws */
export async function sharesOf(
  engine: EvaluatedEngine,
  one: EvaluationCase,
  signal: AbortSignal,
): Promise<Shares> {
  const { truth } = one
  if (truth === undefined) throw new Error(`the truth of ${one.id} is not known`)
  const { picture } = await engine.edit(one, signal)
  const photo = await decodePicture(one.photo)
  return {
    ghost: shareOf(photo, picture, truth.picture, truth.parts.inside),
    left: shareOf(photo, picture, truth.picture, truth.parts.vacated),
  }
}

/**
 * How far a picture is on the way from the truth (0) to the photo (1): the projection of its error onto
 * their difference.
 *
 * @param on flat indices of pixels
 */
export function shareOf(photo: Picture, picture: Picture, truth: Picture, on: Uint32Array): number {
  let along = 0
  let whole = 0
  for (const at of on)
    for (let i = 4 * at; i < 4 * at + 3; i++) {
      const way = (photo.data[i] as number) - (truth.data[i] as number)
      along += way * ((picture.data[i] as number) - (truth.data[i] as number))
      whole += way * way
    }
  return along / whole
}
