/** A peer: another way to move the same thing, as an engine that can be evaluated. */

import { StageClock } from '../../gpu-worker/engine.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { decodePicture, type Picture } from '../picture.ts'
import { type MovingPart, movingParts, type ThingFinder } from './moving-part.ts'

/** @param parts with at least one moving drag each; @returns a picture of the photo's size */
export type PeerEdit = (
  photo: Picture,
  parts: readonly MovingPart[],
  signal: AbortSignal,
) => Promise<Picture>

/** @param close ends what the edit has opened */
export function peer(
  name: string,
  things: ThingFinder,
  edit: PeerEdit,
  close: () => Promise<void> = async () => {},
): EvaluatedEngine {
  return {
    name,
    async edit(one, signal) {
      const { mask, record, milliseconds } = await things.find(one, signal)
      const clock = new StageClock(signal)
      const photo = await clock.time('decode', decodePicture(one.photo))
      const picture = await clock.time('edit', edit(photo, movingParts(one, mask), signal))
      return {
        picture,
        timings: { mask: Math.round(10 * milliseconds) / 10, ...clock.timings },
        record: { peer: name, mask: record },
        ...(record.foundBy !== null && { moved: mask }),
      }
    },
    close,
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
