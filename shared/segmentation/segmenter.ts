/**
 * Segmentation without a neural network: finds the mask of a thing from hints such as clicks. Cuts
 * superpixels at a small size, then refines the outline at a larger one. Runs in a Web Worker of the
 * playground, in the GPU worker and in the CLI.
 */

import { isOnMask, type Mask } from '../mask.ts'
import { holds, type LabImage, labImage, type Pixels, type Rectangle } from './lab.ts'
import { proposals } from './proposals.ts'
import { refined } from './refine.ts'
import { type Hints, oneWay, type Stroke, seedsOf } from './seeds.ts'
import { type SuperpixelGraph, superpixelGraph } from './superpixels/graph.ts'

/** Longest side for superpixels, and their approximate number. */
const COARSE_SIDE = 256
const SUPERPIXELS = 1200
/** Proposals vote by likelihood: one whose log is lower by this much has 1/e of the weight. */
const TEMPERATURE = 1 / 10
/** Margin around a box or around strokes, as a share of its longer side. */
const BOX_MARGIN = 0.5
const STROKE_MARGIN = 1.5
/** Margin around a stroke that corrects a mask, and at least so many of its radii. */
const CORRECTION_MARGIN = 0.5
const RADII = 4

/** A photo to segment. Caches its superpixels, so corrections are fast. */
export class Segmenter {
  readonly #pixels: Pixels
  readonly #photo: Rectangle
  #window = ''
  #looked: { readonly coarse: LabImage; readonly graph: SuperpixelGraph } | null = null

  /** @param pixels the photo as displayed; for speed, at most about a megapixel */
  constructor(pixels: Pixels) {
    this.#pixels = pixels
    this.#photo = { left: 0, top: 0, width: pixels.width, height: pixels.height }
  }

  /** Does in advance the work that would delay the first click. */
  prepare(): void {
    this.#look(this.#photo)
  }

  /** The mask of the thing that the hints point at, at the size of the photo. */
  segment(hints: Hints): Mask {
    const window = windowOf(hints, this.#photo)
    const { coarse, graph } = this.#look(window)
    const found = proposals(graph, seedsOf(hints, this.#photo, window, graph))
    const mask = refined(this.#pixels, window, coarse, graph, consensus(found))
    return hints.previous === undefined ? mask : corrected(mask, window, hints, hints.previous)
  }

  #look(window: Rectangle) {
    const name = JSON.stringify(window)
    if (this.#looked === null || this.#window !== name) {
      const coarse = labImage(this.#pixels, window, COARSE_SIDE)
      this.#looked = { coarse, graph: superpixelGraph(coarse, SUPERPIXELS) }
      this.#window = name
    }
    return this.#looked
  }
}

/** A mask with a window of it corrected. */
function corrected(mask: Mask, window: Rectangle, hints: Hints, previous: Mask): Mask {
  const { width } = mask
  const data = mask.data.map((value, at) => {
    const x = at % width
    const y = (at - x) / width
    const before = isOnMask(previous, mask, x, y) ? 1 : 0
    return holds(window, { x: x + 0.5, y: y + 0.5 }) ? oneWay(hints, before, value) : before
  })
  return { ...mask, data }
}

/** The superpixels that belong to the thing by a weighted majority of the proposals. */
function consensus(found: ReturnType<typeof proposals>): Uint8Array {
  const [best] = found
  if (best === undefined) throw new Error('there are no proposals to vote')
  const votes = new Float64Array(best.side.length)
  let all = 0
  for (const { side, score } of found) {
    const weight = Math.exp((score - best.score) / TEMPERATURE)
    all += weight
    for (let i = 0; i < side.length; i++) if (side[i] === 1) votes[i] = votes[i]! + weight
  }
  return Uint8Array.from(votes, (vote) => (2 * vote > all ? 1 : 0))
}

/** The part of the photo around the hints, so that small things are segmented in detail. */
function windowOf({ add, remove, box, within, previous }: Hints, photo: Rectangle): Rectangle {
  if (previous !== undefined) return correctionWindow([...add, ...remove], previous, photo)
  if (box !== undefined) return around(box, BOX_MARGIN, photo)
  if (within !== undefined) return around(whiteBox(within, photo), BOX_MARGIN, photo)
  const drawn = strokesBox([...add, ...remove])
  const long = Math.max(drawn.width, drawn.height) > 0.03 * Math.max(photo.width, photo.height)
  return long ? around(drawn, STROKE_MARGIN, photo) : photo
}

/** Around a stroke that corrects a mask; around all of the mask for a click, which does not say how large a part it means. */
function correctionWindow(strokes: readonly Stroke[], previous: Mask, photo: Rectangle): Rectangle {
  const drawn = strokesBox(strokes)
  if (strokes.every(({ points }) => points.length === 1))
    return around(union(whiteBox(previous, photo), drawn), BOX_MARGIN, photo)
  const radius = Math.max(...strokes.map((stroke) => stroke.radius))
  const longer = Math.max(drawn.width, drawn.height, 1)
  return around(drawn, Math.max(CORRECTION_MARGIN, (RADII * radius) / longer), photo)
}

function around({ left, top, width, height }: Rectangle, margin: number, photo: Rectangle) {
  const more = margin * Math.max(width, height)
  const x = Math.max(0, Math.floor(left - more))
  const y = Math.max(0, Math.floor(top - more))
  return {
    left: x,
    top: y,
    width: Math.max(1, Math.min(photo.width, Math.ceil(left + width + more)) - x),
    height: Math.max(1, Math.min(photo.height, Math.ceil(top + height + more)) - y),
  }
}

function union(one: Rectangle, other: Rectangle): Rectangle {
  const left = Math.min(one.left, other.left)
  const top = Math.min(one.top, other.top)
  const right = Math.max(one.left + one.width, other.left + other.width)
  const bottom = Math.max(one.top + one.height, other.top + other.height)
  return { left, top, width: right - left, height: bottom - top }
}

function strokesBox(strokes: readonly Stroke[]): Rectangle {
  const points = strokes.flatMap((stroke) => stroke.points)
  const xs = points.map(({ x }) => x)
  const ys = points.map(({ y }) => y)
  const left = Math.min(...xs)
  const top = Math.min(...ys)
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top }
}

/** Bounding box of a mask's white, in pixels of the photo. */
function whiteBox({ width, height, data }: Mask, photo: Rectangle): Rectangle {
  let left = width
  let right = 0
  let top = height
  let bottom = 0
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const x = at % width
    const y = (at - x) / width
    left = Math.min(left, x)
    right = Math.max(right, x + 1)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y + 1)
  }
  if (right === 0) return photo
  const scaleX = photo.width / width
  const scaleY = photo.height / height
  return {
    left: left * scaleX,
    top: top * scaleY,
    width: (right - left) * scaleX,
    height: (bottom - top) * scaleY,
  }
}
