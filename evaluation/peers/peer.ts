/** A peer: another way to move the same thing, as an engine that can be evaluated. */

import type { EvaluationCase } from '../case.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { decodePicture, type Picture } from '../picture.ts'
import { type MovingPart, movingParts, type ThingFinder } from './moving-part.ts'

/** @param parts with at least one moving drag each; @returns a picture of the photo's size */
export type PeerEdit = (
  photo: Picture,
  parts: readonly MovingPart[],
  one: EvaluationCase,
) => Promise<Picture>

export function peer(name: string, things: ThingFinder, edit: PeerEdit): EvaluatedEngine {
  return {
    name,
    async edit(one, signal) {
      const start = performance.now()
      const { mask, record } = await things.find(one, signal)
      const found = performance.now()
      signal.throwIfAborted()
      const photo = await decodePicture(one.photo)
      const decoded = performance.now()
      const picture = await edit(photo, movingParts(one, mask), one)
      return {
        picture,
        timings: {
          mask: found - start,
          decode: decoded - found,
          edit: performance.now() - decoded,
        },
        record: { peer: name, mask: record },
      }
    },
    async close() {},
  }
}

/** No edit at all: the floor that a metric of likeness rewards. */
export function unedited(): EvaluatedEngine {
  return {
    name: 'none',
    async edit(one) {
      return { picture: await decodePicture(one.photo), timings: {}, record: { peer: 'none' } }
    },
    async close() {},
  }
}
