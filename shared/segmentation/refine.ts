/**
 * Refines an outline: cuts the pixels near it again at a larger size, by the colours on both sides.
 * Knows nothing of hints.
 */

import type { Mask } from '../mask.ts'
import { cutBand } from './cut-band.ts'
import { type LabImage, labImage, type Pixels, type Rectangle } from './lab.ts'
import type { SuperpixelGraph } from './superpixels/graph.ts'

/** Longest side for the refinement. */
const FINE_SIDE = 512
/** How far the outline may move, in coarse pixels. */
const BAND = 2.5
/** Radius of the colour means around a pixel, in coarse pixels. */
const NEARBY = 7
/** Weight of the smoothness of the outline against the colour evidence. */
const SMOOTHNESS = 2.5
const CONTRAST = 12

/**
 * @param coarse the picture that the graph was made of
 * @param side 1 for the superpixels of the thing
 */
export function refined(
  pixels: Pixels,
  window: Rectangle,
  coarse: LabImage,
  graph: SuperpixelGraph,
  side: Uint8Array,
): Mask {
  const fine = labImage(pixels, window, FINE_SIDE)
  const scale = fine.width / graph.width
  const inside = enlarged(graph, side, fine.width, fine.height)
  const band = bandOf(inside, fine.width, fine.height, Math.max(1, Math.round(BAND * scale)))
  const colours = [1, 0].map((value) => coloursNearby(coarse, graph, side, value))
  const evidence = evidenceOf(fine, coarse, colours as [Planes, Planes])
  const options = { smoothness: SMOOTHNESS, contrast: CONTRAST, stay: 1 }
  const cut = cutBand({ image: fine, inside, band, evidence, ...options })
  return placed(cut, fine, window, pixels)
}

function enlarged(
  graph: SuperpixelGraph,
  side: Uint8Array,
  width: number,
  height: number,
): Uint8Array {
  const out = new Uint8Array(width * height)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.min(graph.height - 1, Math.floor(((y + 0.5) * graph.height) / height))
    for (let x = 0; x < width; x++, at++) {
      const col = Math.min(graph.width - 1, Math.floor(((x + 0.5) * graph.width) / width))
      out[at] = side[graph.labels[row * graph.width + col]!]!
    }
  }
  return out
}

/** 1 within `reach` pixels (along rows and columns) of the outline. */
function bandOf(inside: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  const counts = boxSums(inside, width, height, reach)
  const band = new Uint8Array(inside.length)
  for (let y = 0, at = 0; y < height; y++) {
    const rows = Math.min(height - 1, y + reach) - Math.max(0, y - reach) + 1
    for (let x = 0; x < width; x++, at++) {
      const cols = Math.min(width - 1, x + reach) - Math.max(0, x - reach) + 1
      const count = counts[at]!
      if (count > 0 && count < rows * cols) band[at] = 1
    }
  }
  return band
}

/** Sums over squares of `2 reach + 1` pixels around each pixel. */
function boxSums(values: ArrayLike<number>, width: number, height: number, reach: number) {
  const rows = new Float32Array(values.length)
  for (let y = 0; y < height; y++) {
    let sum = 0
    for (let x = -reach; x < width; x++) {
      if (x + reach < width) sum += values[y * width + x + reach]!
      if (x - reach - 1 >= 0) sum -= values[y * width + x - reach - 1]!
      if (x >= 0) rows[y * width + x] = sum
    }
  }
  const sums = new Float32Array(values.length)
  const column = new Float64Array(width)
  for (let y = -reach; y < height; y++) {
    const enters = y + reach < height ? (y + reach) * width : -1
    const leaves = y - reach - 1 >= 0 ? (y - reach - 1) * width : -1
    for (let x = 0; x < width; x++) {
      if (enters >= 0) column[x] = column[x]! + rows[enters + x]!
      if (leaves >= 0) column[x] = column[x]! - rows[leaves + x]!
      if (y >= 0) sums[y * width + x] = column[x]!
    }
  }
  return sums
}

/** Lab values by coarse pixel. */
type Planes = readonly Float32Array[]

/** The mean colour on one side of the outline, around every coarse pixel. */
function coloursNearby(
  { width, height, l, a, b }: LabImage,
  { labels }: SuperpixelGraph,
  side: Uint8Array,
  value: number,
): Planes {
  const weight = Float32Array.from(labels, (superpixel) => (side[superpixel] === value ? 1 : 0))
  const counts = boxSums(weight, width, height, NEARBY)
  return [l, a, b].map((plane) => {
    const weighted = plane.map((x, i) => x * weight[i]!)
    const sums = boxSums(weighted, width, height, NEARBY)
    return sums.map((sum, i) => sum / Math.max(1, counts[i]!))
  })
}

/** By pixel of the larger picture: positive if its colour is nearer to the thing's around it. */
function evidenceOf(
  fine: LabImage,
  coarse: LabImage,
  [thing, rest]: readonly [Planes, Planes],
): (at: number) => number {
  const { width, height } = fine
  const planes = [fine.l, fine.a, fine.b]
  const coarseIndex = (at: number) => {
    const x = at % width
    const y = (at - x) / width
    const col = Math.min(coarse.width - 1, Math.floor((x * coarse.width) / width))
    const row = Math.min(coarse.height - 1, Math.floor((y * coarse.height) / height))
    return row * coarse.width + col
  }
  const away = (means: Planes, at: number, near: number) =>
    planes.reduce(
      (squared, plane, i) => squared + (plane[at]! - (means[i] as Float32Array)[near]!) ** 2,
      0,
    )
  return (at) => {
    const near = coarseIndex(at)
    const fromThing = away(thing, at, near)
    const fromRest = away(rest, at, near)
    return (fromRest - fromThing) / (fromRest + fromThing + CONTRAST)
  }
}

/** Places the window's cut in a mask of the photo's size, with interpolation between pixels. */
function placed(
  cut: Uint8Array,
  { width, height }: LabImage,
  window: Rectangle,
  photo: Pixels,
): Mask {
  const data = new Uint8Array(photo.width * photo.height)
  for (let row = 0; row < window.height; row++) {
    const y = Math.max(0, Math.min(height - 1, ((row + 0.5) * height) / window.height - 0.5))
    const top = Math.floor(y)
    const bottom = Math.min(height - 1, top + 1)
    const down = y - top
    const start = (window.top + row) * photo.width + window.left
    for (let col = 0; col < window.width; col++) {
      const x = Math.max(0, Math.min(width - 1, ((col + 0.5) * width) / window.width - 0.5))
      const left = Math.floor(x)
      const right = Math.min(width - 1, left + 1)
      const across = x - left
      const upper = (1 - across) * cut[top * width + left]! + across * cut[top * width + right]!
      const lower =
        (1 - across) * cut[bottom * width + left]! + across * cut[bottom * width + right]!
      data[start + col] = (1 - down) * upper + down * lower > 0.5 ? 1 : 0
    }
  }
  return { width: photo.width, height: photo.height, data }
}
