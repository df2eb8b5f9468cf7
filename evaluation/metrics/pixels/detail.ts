/**
 * How much fine detail the result has, against the photo: the deviation of the Laplacian on the landed
 * thing over its deviation on the thing in the photo; in the vacated place over the photo's around it.
 * In octaves, by which it is too low (blur) or too high (grain).
 */

import { dilated } from '../../../shared/geometry/dilated.ts'
import type { Metric } from '../../metric.ts'
import type { Picture } from '../../picture.ts'
import { type Landing, landingOf, landingOfMoved } from '../regions/landing.ts'
import { laplacianDeviation, lumaOf } from '../regions/luma.ts'

/** Around the vacated place, as a part of the longer side. */
const AROUND = 1 / 32
/** Grey levels that are added to both deviations, so that flat places have a ratio. */
const FLOOR = 1

export const detail: Metric = {
  name: 'detail',
  columns: {
    'thing-blur': 'lower',
    'thing-grain': 'lower',
    'vacated-blur': 'lower',
    'vacated-grain': 'lower',
  },
  async measure({ one, photo, edited }) {
    const places = placesOf(landingOf(one), photo)
    const moved = landingOfMoved(one, edited)
    const left = placesOf(moved, photo)
    const [before, after] = [lumaOf(photo), lumaOf(edited.picture)]
    const over = (luma: Float32Array, on: readonly number[]) => laplacianDeviation(luma, photo, on)
    return {
      ...columns('thing', over(after, places.landed), over(before, places.thing)),
      // Discs at the handles are not known to leave anything.
      ...(moved.known && columns('vacated', over(after, left.vacated), over(before, left.around))),
    }
  },
  async close() {},
}

type Places = Record<'thing' | 'landed' | 'vacated' | 'around', readonly number[]>

/** `landed` lists pixels of the result, `thing` those of the photo that land there. */
function placesOf({ source, from }: Landing, { width, height }: Picture): Places {
  const places = {
    thing: [] as number[],
    landed: [] as number[],
    vacated: [] as number[],
    around: [] as number[],
  }
  const reach = Math.max(2, Math.round(AROUND * Math.max(width, height)))
  const wide = dilated(source, { width, height }, reach)
  for (let at = 0; at < from.length; at++) {
    if (from[at] !== -1) {
      places.landed.push(at)
      places.thing.push(from[at]!)
    } else if (source[at] === 1) places.vacated.push(at)
    if (source[at] === 0 && wide[at] === 1) places.around.push(at)
  }
  return places
}

/** Octaves below and above what should be there; none where either place is empty. */
function columns(
  place: 'thing' | 'vacated',
  is: number | undefined,
  should: number | undefined,
): Record<string, number> {
  if (is === undefined || should === undefined) return {}
  const octaves = Math.log2((is + FLOOR) / (should + FLOOR))
  return { [`${place}-blur`]: Math.max(0, -octaves), [`${place}-grain`]: Math.max(0, octaves) }
}
