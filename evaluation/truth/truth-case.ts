/** A case with known truth, from what its maker knows of it: pictures, shapes and drags. */

import type { Drag, Size } from '../../shared/drag.ts'
import { nearestFlagged } from '../../shared/instant/outline/nearest.ts'
import type { EvaluationCase, Truth } from '../case.ts'
import { encodePicture, type Picture } from '../picture.ts'

/** Half the width of the rim that is scored apart, in pixels. */
const RIM = 5
/** So far from both places of the thing, in pixels, nothing has a reason to change. */
const FAR = 24
/** Pixels so near the frame are not scored: patches and differences reach beyond them. */
const FRAME = 4

/** One thing that moves. Shapes are flags by pixel, all of the pictures' size. */
export type Made = {
  readonly id: string
  readonly category: string
  readonly before: Picture
  readonly after: Picture
  /** 1 where the thing is before and after. */
  readonly shape: Uint8Array
  readonly landed: Uint8Array
  readonly drags: readonly Drag[]
}

/**
 * One case for each margin.
 *
 * @param margins by how many pixels masks are wider than the thing; negative: tighter
 */
export async function truthCases(
  made: Made,
  margins: readonly number[],
): Promise<readonly EvaluationCase[]> {
  const { before, after, shape, landed, drags, category } = made
  const size = { width: before.width, height: before.height }
  const photo = await encodePicture(before)
  const away = borderDistances(shape, size)
  const truth = {
    picture: after,
    parts: partsOf(away, borderDistances(landed, size), size),
  }
  return margins.map((margin) => {
    const data = Uint8Array.from(away, (distance) => (distance > -margin ? 1 : 0))
    return {
      id: `${made.id}/${marginName(margin)}`,
      category,
      photo,
      size,
      drags,
      scored: drags,
      mask: { kind: 'object', mask: { ...size, data } },
      prompt: '',
      // One thing, in however many pieces.
      settings: { scope: 'global' },
      truth,
    }
  })
}

function marginName(margin: number): string {
  if (margin === 0) return 'exact'
  return margin > 0 ? `${margin}-wider` : `${-margin}-tighter`
}

/**
 * `rim`: within 5 pixels of the landed border. `inside`: deeper in the landed thing. `vacated`: where the
 * thing was, outside the landed rim. `outside`: 24 pixels from both and more.
 *
 * @param old, landed signed distances to the thing's border, as {@link borderDistances} gives them
 */
export function partsOf(old: Float32Array, landed: Float32Array, size: Size): Truth['parts'] {
  const { width, height } = size
  const where = (on: (old: number, landed: number) => boolean) => {
    const found: number[] = []
    for (let y = FRAME; y < height - FRAME; y++)
      for (let x = FRAME; x < width - FRAME; x++) {
        const at = y * width + x
        if (on(old[at] as number, landed[at] as number)) found.push(at)
      }
    return Uint32Array.from(found)
  }
  return {
    rim: where((_, here) => Math.abs(here) <= RIM),
    inside: where((_, here) => here > RIM),
    vacated: where((there, here) => there > 0 && here < -RIM),
    outside: where((there, here) => there < -FAR && here < -FAR),
  }
}

/**
 * Pixels from each pixel to the nearest one across the shape's border: positive inside, negative outside,
 * and infinite where there is none.
 */
export function borderDistances(flags: Uint8Array, size: Size): Float32Array {
  const { width } = size
  const toInside = nearestFlagged(flags, size)
  const toOutside = nearestFlagged(
    flags.map((flag) => 1 - flag),
    size,
  )
  const away = (at: number, to: number) =>
    to === -1
      ? Number.POSITIVE_INFINITY
      : Math.hypot((at % width) - (to % width), Math.floor(at / width) - Math.floor(to / width))
  return Float32Array.from(flags, (flag, at) =>
    flag === 1 ? away(at, toOutside[at] as number) : -away(at, toInside[at] as number),
  )
}

/** The pixel that is deepest in a shape, the first on a tie, as a point. */
export function deepestPoint(shape: Uint8Array, size: Size): { x: number; y: number } {
  const away = borderDistances(shape, size)
  let best = 0
  for (let at = 1; at < away.length; at++)
    if ((away[at] as number) > (away[best] as number)) best = at
  return { x: (best % size.width) + 0.5, y: Math.floor(best / size.width) + 0.5 }
}
