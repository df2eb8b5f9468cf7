/**
 * Cut, fill, paste: what a picture editor has. The thing is moved as it is, by the mean of its moving drags
 * in whole pixels; its old place is filled by OpenCV's Telea. `seamless-clone` blends it in by Poisson
 * blending instead of pasting it.
 */

import { type Drag, isPin, type Size } from '../../shared/drag.ts'
import type { EvaluatedEngine } from '../engine.ts'
import type { Picture } from '../picture.ts'
import type { MovingPart, ThingFinder } from './moving-part.ts'
import { type Cv, colourMat, loadCv, maskMat, pictureOf, widened, withMats } from './open-cv.ts'
import { peer } from './peer.ts'
import { seamlesslyCloned } from './poisson.ts'

/** The hole is wider than the mask by half of this, as the one of Inpaint4Drag. */
const KERNEL = 5
/** Telea's neighbourhood, in pixels. */
const RADIUS = 5

export function cutAndPaste(things: ThingFinder): EvaluatedEngine {
  return peer('cut-and-paste', things, async (photo, parts) => {
    const cv = await loadCv()
    const out = filledByTelea(cv, photo, parts)
    for (const part of parts) paste(photo, out, part)
    return out
  })
}

export function seamlessClone(things: ThingFinder): EvaluatedEngine {
  return peer('seamless-clone', things, async (photo, parts) => {
    const cv = await loadCv()
    let out = filledByTelea(cv, photo, parts)
    for (const part of parts) out = cloned(photo, out, part)
    return out
  })
}

function filledByTelea(cv: Cv, photo: Picture, parts: readonly MovingPart[]): Picture {
  const all = new Uint8Array(photo.width * photo.height)
  for (const { flags } of parts)
    flags.forEach((flag, at) => {
      if (flag === 1) all[at] = 1
    })
  return withMats((keep) => {
    const hole = keep(maskMat(cv, widened(cv, all, photo, KERNEL), photo))
    const mat = keep(colourMat(cv, photo))
    cv.inpaint(mat, hole, mat, RADIUS, cv.INPAINT_TELEA)
    return pictureOf(mat)
  })
}

/** The mean of the moving drags, in whole pixels. */
function meanOffset(drags: readonly Drag[]): { x: number; y: number } {
  const moving = drags.filter((drag) => !isPin(drag))
  let [x, y] = [0, 0]
  for (const { handle, target } of moving) {
    x += target.x - handle.x
    y += target.y - handle.y
  }
  return { x: Math.round(x / moving.length), y: Math.round(y / moving.length) }
}

function paste(photo: Picture, into: Picture, { flags, drags }: MovingPart): void {
  forEachMoved(flags, photo, meanOffset(drags), (from, to) => {
    into.data.set(photo.data.subarray(4 * from, 4 * from + 4), 4 * to)
  })
}

function cloned(photo: Picture, ground: Picture, { flags, drags }: MovingPart): Picture {
  const { width, height } = photo
  const data = ground.data.slice()
  const landed = new Uint8Array(width * height)
  // All of the photo goes along: the gradients at the border reach beyond the thing.
  forEachMoved(new Uint8Array(width * height).fill(1), photo, meanOffset(drags), (from, to) => {
    data.set(photo.data.subarray(4 * from, 4 * from + 4), 4 * to)
    landed[to] = flags[from] as number
  })
  return seamlesslyCloned({ width, height, data }, ground, landed)
}

/** Calls `visit` for each pixel of the flags that stays in the frame. */
function forEachMoved(
  flags: Uint8Array,
  { width, height }: Size,
  by: { readonly x: number; readonly y: number },
  visit: (from: number, to: number) => void,
): void {
  for (let at = flags.indexOf(1); at !== -1; at = flags.indexOf(1, at + 1)) {
    const x = (at % width) + by.x
    const y = Math.floor(at / width) + by.y
    if (x >= 0 && y >= 0 && x < width && y < height) visit(at, y * width + x)
  }
}
