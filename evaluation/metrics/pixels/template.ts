/**
 * Template matching: where in the result the patch around the handle is found, by normalised cross
 * correlation of its colours, and how far that is from the target. The whole result is searched at a
 * reduced size, and the best places again at full size.
 */

import type { Drag } from '../../../shared/drag.ts'
import type { Metric } from '../../metric.ts'
import type { Picture } from '../../picture.ts'
import { distanceTo, meanOf, moving, type Pixel, pixelAt } from '../regions/drag-points.ts'
import { type Colours, coloursOf, reduced, type Template, templateAt } from './correlation.ts'

/** Longer side of the reduced pictures, at most, and the reach of a patch in them. */
const SIDE = 192
const REACH = 6
/** Places that are searched again at full size. */
const PLACES = 5

export const template: Metric = {
  name: 'template',
  columns: { px: 'lower', 'at-target': 'higher' },
  async measure({ one, photo, edited }) {
    const search = searchIn(photo, edited.picture)
    const found = moving(one.scored).flatMap((drag) => search(drag) ?? [])
    const px = meanOf(found.map(({ distance }) => distance))
    const atTarget = meanOf(found.map((match) => match.atTarget))
    return px === undefined || atTarget === undefined ? {} : { px, 'at-target': atTarget }
  },
  async close() {},
}

/** Distance to the target in pixels, and the correlation of the patch at the target, -1 to 1. */
export type Match = { readonly distance: number; readonly atTarget: number }

/** Searches a result for the patches of drags; null for one without contrast, or too near the frame. */
export function searchIn(photo: Picture, result: Picture): (drag: Drag) => Match | null {
  const factor = Math.ceil(Math.max(photo.width, photo.height) / SIDE)
  const full = { photo: coloursOf(photo), result: coloursOf(result) }
  const small = { photo: reduced(full.photo, factor), result: reduced(full.result, factor) }
  const toSmall = ({ col, row }: Pixel) => ({
    col: Math.min(small.photo.width - 1, Math.floor(col / factor)),
    row: Math.min(small.photo.height - 1, Math.floor(row / factor)),
  })
  return ({ handle, target }) => {
    const [from, to] = [pixelAt(handle, photo), pixelAt(target, photo)]
    const fine = templateAt(full.photo, from, to, REACH * factor)
    const coarse = templateAt(small.photo, toSmall(from), toSmall(to), REACH)
    if (fine === null || coarse === null) return null
    const centres = bestPlaces(coarse, small.result).map(({ col, row }) => ({
      col: Math.round((col + 0.5) * factor - 0.5),
      row: Math.round((row + 0.5) * factor - 0.5),
    }))
    const found = bestNear([to, from, ...centres], fine, full.result, 2 * (factor - 1))
    return { distance: distanceTo(found, target), atTarget: fine.correlation(full.result, to) }
  }
}

/** The places with the best correlation, best first, none of them within a patch of a better one. */
function bestPlaces(patch: Template, picture: Colours): Pixel[] {
  const scores: (Pixel & { score: number })[] = []
  for (let row = patch.top; row < picture.height - patch.bottom; row++)
    for (let col = patch.left; col < picture.width - patch.right; col++)
      scores.push({ col, row, score: patch.correlation(picture, { col, row }) })
  const places: Pixel[] = []
  scores.sort((one, other) => other.score - one.score)
  for (const { col, row } of scores) {
    const isFar = places.every(
      (place) => Math.max(Math.abs(place.col - col), Math.abs(place.row - row)) > REACH,
    )
    if (isFar) places.push({ col, row })
    if (places.length === PLACES) break
  }
  return places
}

/** The place with the best correlation within `reach` of some; the first of equal ones. */
function bestNear(
  centres: readonly Pixel[],
  patch: Template,
  picture: Colours,
  reach: number,
): Pixel {
  let [best, found] = [Number.NEGATIVE_INFINITY, centres[0] as Pixel]
  for (const centre of centres)
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) {
        const place = { col: centre.col + dx, row: centre.row + dy }
        if (!patch.fits(picture, place)) continue
        const score = patch.correlation(picture, place)
        if (score > best) [best, found] = [score, place]
      }
  return found
}
