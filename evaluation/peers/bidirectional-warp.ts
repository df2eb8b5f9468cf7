/**
 * The bidirectional warp of Inpaint4Drag (Lu and Han, ICCV 2025; Visual-AI/Inpaint4Drag at 126ac0c,
 * utils/drag.py), with our fill in place of its inpainting network: a part's outline and pixels go forward
 * by the drags, and each pixel inside the moved outline is read back by what the pixels have moved.
 */

import type { OpenOptions } from '../../gpu-worker/backbones/family.ts'
import type { Drag, Point, Size } from '../../shared/drag.ts'
import { fillHole } from '../../shared/instant/fill/fill.ts'
import type { EvaluatedEngine } from '../engine.ts'
import type { Picture } from '../picture.ts'
import { FluxFill } from './flux-fill.ts'
import type { MovingPart, ThingFinder } from './moving-part.ts'
import { type Cv, flagsOf, loadCv, maskMat, widened, withMats } from './open-cv.ts'
import { peer } from './peer.ts'
import { halfToEven } from './round.ts'

/** The place to be filled is widened by a square of this side, and the landed outline is so thick. */
const KERNEL = 5
/** Of more vectors, as many as these, evenly spread, and of these the nearest count. */
const MOST_VECTORS = 100
const NEAREST = 4
const SEED = 1

/** Vectors at points. */
export type Vectors = {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly dx: Float64Array
  readonly dy: Float64Array
}

/**
 * The warped picture, and 1 where it is to be painted anew: what the parts have revealed, and the line of
 * their new outlines. `landed` is 1 where a part is now.
 */
export type Warped = {
  readonly picture: Picture
  readonly revealed: Uint8Array
  readonly line: Uint8Array
  readonly landed: Uint8Array
}

export function bidirectionalWarp(things: ThingFinder): EvaluatedEngine {
  return peer('bidirectional-warp', things, async (photo, parts) => {
    const { picture, revealed, line, landed } = warped(await loadCv(), photo, parts)
    // The ground is not made of the thing; its outline is made of both.
    const thing = landed.map((flag, at) => flag | (line[at] as number))
    fillHole(picture, revealed, thing, SEED)
    fillHole(picture, line, new Uint8Array(line.length), SEED)
    return picture
  })
}

/**
 * The paper's Table VI: the same warp, and FLUX.1-Fill-dev.
 *
 * @param folder of its checkpoint, opened with the first edit
 */
export function bidirectionalWarpFlux(
  things: ThingFinder,
  folder: string,
  options: OpenOptions,
): EvaluatedEngine {
  let opened: Promise<FluxFill> | null = null
  return peer(
    `bidirectional-warp-flux:${folder}`,
    things,
    async (photo, parts, signal) => {
      opened ??= FluxFill.open(folder, options)
      const network = await opened
      const { picture, revealed, line } = warped(await loadCv(), photo, parts)
      const hole = revealed.map((flag, at) => flag | (line[at] as number))
      return network.fill(picture, hole, signal)
    },
    async () => {
      // One that could not be opened has failed its edits already.
      const network = await opened?.catch(() => null)
      await network?.close()
    },
  )
}

/** What an inpainting model gets. Parts that come later are drawn over earlier ones. */
export function warped(cv: Cv, photo: Picture, parts: readonly MovingPart[]): Warped {
  const { width, height } = photo
  const data = photo.data.slice()
  const left = new Uint8Array(width * height)
  const landed = new Uint8Array(width * height)
  const line = new Uint8Array(width * height)
  for (const { flags, drags } of parts) {
    const outline = outlined(cv, flags, photo, vectorsOf(drags))
    const reverse = inferred(outline.source, width, vectorsOf(drags))
    for (let at = 0; at < left.length; at++) {
      if (outline.source[at] === 1) left[at] = 1
      if (outline.line[at] === 1) line[at] = 1
      if (outline.target[at] === 0) continue
      landed[at] = 1
      const [x, y] = [at % width, Math.floor(at / width)]
      const by = vectorAt(reverse, x, y)
      const [fromX, fromY] = [x + by.x, y + by.y]
      if (fromX < 0 || fromY < 0 || fromX >= width || fromY >= height) continue
      const from = 4 * (fromY * width + fromX)
      data.set(photo.data.subarray(from, from + 4), 4 * at)
    }
  }
  const bare = left.map((flag, at) => (flag === 1 && landed[at] === 0 ? 1 : 0))
  const revealed = widened(cv, bare, photo, KERNEL)
  return { picture: { width, height, data }, revealed, line, landed }
}

/** The part inside its outer outlines, which has no holes, and where the moved outlines take it. */
function outlined(cv: Cv, flags: Uint8Array, size: Size, drags: Vectors) {
  return withMats((keep) => {
    const { width, height } = size
    const mat = keep(maskMat(cv, flags, size))
    const contours = keep(new cv.MatVector())
    const hierarchy = keep(new cv.Mat())
    cv.findContours(mat, contours, hierarchy, cv.RETR_EXTERNAL, cv.CHAIN_APPROX_SIMPLE)
    const moved = keep(new cv.MatVector())
    for (let i = 0; i < contours.size(); i++) {
      const corners = keep(contours.get(i))
      const points = keep(new cv.Mat(corners.rows, 1, cv.CV_32SC2))
      for (let k = 0; k < corners.rows; k++) {
        const [x, y] = [corners.data32S[2 * k] as number, corners.data32S[2 * k + 1] as number]
        const by = vectorAt(drags, x, y)
        points.data32S[2 * k] = x + by.x
        points.data32S[2 * k + 1] = y + by.y
      }
      moved.push_back(points)
    }
    const white = new cv.Scalar(255)
    const empty = () => keep(cv.Mat.zeros(height, width, cv.CV_8UC1))
    const [source, target, line] = [empty(), empty(), empty()]
    cv.fillPoly(source, contours, white)
    cv.fillPoly(target, moved, white)
    cv.polylines(line, moved, true, white, KERNEL)
    return { source: flagsOf(source), target: flagsOf(target), line: flagsOf(line) }
  })
}

function vectorsOf(drags: readonly Drag[]): Vectors {
  const of = (value: (drag: Drag) => number) => Float64Array.from(drags, value)
  return {
    x: of(({ handle }) => Math.floor(handle.x)),
    y: of(({ handle }) => Math.floor(handle.y)),
    dx: of(({ handle, target }) => target.x - handle.x),
    dy: of(({ handle, target }) => target.y - handle.y),
  }
}

/** The way back from where the pixels of a part have moved to, at no more than 100 of them. */
export function inferred(flags: Uint8Array, width: number, drags: Vectors): Vectors {
  const pixels: number[] = []
  flags.forEach((flag, at) => {
    if (flag === 1) pixels.push(at)
  })
  const count = Math.min(pixels.length, MOST_VECTORS)
  const step = count > 1 ? (pixels.length - 1) / (count - 1) : 0
  const back: Vectors = {
    x: new Float64Array(count),
    y: new Float64Array(count),
    dx: new Float64Array(count),
    dy: new Float64Array(count),
  }
  for (let i = 0; i < count; i++) {
    // The last is exactly the last, whatever the steps add up to.
    const at = pixels[i === count - 1 ? pixels.length - 1 : Math.floor(i * step)] as number
    const [x, y] = [at % width, Math.floor(at / width)]
    const by = vectorAt(drags, x, y)
    back.x[i] = x + by.x
    back.y[i] = y + by.y
    back.dx[i] = -by.x
    back.dy[i] = -by.y
  }
  return back
}

/** The mean of the nearest vectors, weighted by the inverse of their distance, to a whole pixel. */
export function vectorAt(vectors: Vectors, x: number, y: number): Point {
  const near: { distance: number; i: number }[] = []
  for (let i = 0; i < vectors.x.length; i++) {
    const distance = Math.hypot(x - (vectors.x[i] as number), y - (vectors.y[i] as number))
    if (near.length === NEAREST && distance >= (near[NEAREST - 1]?.distance as number)) continue
    let place = near.length
    while (place > 0 && (near[place - 1]?.distance as number) > distance) place--
    near.splice(place, 0, { distance, i })
    if (near.length > NEAREST) near.pop()
  }
  let [sum, sumX, sumY] = [0, 0, 0]
  for (const { distance, i } of near) {
    const weight = 1 / (distance + 1e-6)
    sum += weight
    sumX += weight * (vectors.dx[i] as number)
    sumY += weight * (vectors.dy[i] as number)
  }
  return { x: halfToEven(x + sumX / sum) - x, y: halfToEven(y + sumY / sum) - y }
}
