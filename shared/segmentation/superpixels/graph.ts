/**
 * A photo as a graph of superpixels: the colours of each, which of them touch, and how much they
 * differ. Made once per window and used by every click. Knows nothing of seeds.
 */

import type { LabImage } from '../lab.ts'
import { superpixels } from './slic.ts'

/** Number of colours that the photo is reduced to. */
export const PALETTE_SIZE = 32
const PALETTE_ROUNDS = 6
/** Colours closer than this look alike: the width of the smoothing kernel for histograms. */
const ALIKE = 9

/** A graph with superpixels as nodes. Arrays are by superpixel unless noted. */
export type SuperpixelGraph = {
  readonly width: number
  readonly height: number
  /** The superpixel of each pixel. */
  readonly labels: Int32Array
  readonly count: number
  /** In pixels. */
  readonly area: Float32Array
  /** Mean position in pixels. */
  readonly x: Float32Array
  readonly y: Float32Array
  /** Number of pixels on the border of the photo. */
  readonly frame: Float32Array
  /** Shares of the palette's colours, PALETTE_SIZE per superpixel. */
  readonly histogram: Float32Array
  /** Likeness of each pair of palette colours, 0 to 1, PALETTE_SIZE per row. */
  readonly likeness: Float32Array
  /** By edge: its two superpixels, the length of their border in pixels, their distance in Lab. */
  readonly from: Int32Array
  readonly to: Int32Array
  readonly border: Float32Array
  readonly contrast: Float32Array
  /** Mean of the squared contrasts, weighted by border length. */
  readonly meanSquaredContrast: number
}

/** @param wanted approximate number of superpixels */
export function superpixelGraph(image: LabImage, wanted: number): SuperpixelGraph {
  const { width, height, l, a, b } = image
  const { labels, count } = superpixels(image, wanted)
  const sums = new Float64Array(count * 6)
  const frame = new Float32Array(count)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const base = 6 * labels[at]!
      sums[base] = sums[base]! + 1
      sums[base + 1] = sums[base + 1]! + x
      sums[base + 2] = sums[base + 2]! + y
      sums[base + 3] = sums[base + 3]! + l[at]!
      sums[base + 4] = sums[base + 4]! + a[at]!
      sums[base + 5] = sums[base + 5]! + b[at]!
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1)
        frame[labels[at]!] = frame[labels[at]!]! + 1
    }
  const mean = (i: number) =>
    Float32Array.from(
      { length: count },
      (_, superpixel) => sums[6 * superpixel + i]! / sums[6 * superpixel]!,
    )
  const area = Float32Array.from({ length: count }, (_, superpixel) => sums[6 * superpixel]!)
  const colours = [mean(3), mean(4), mean(5)] as const
  const palette = paletteOf(colours, area)
  const edges = edgesOf(labels, width, height, colours)
  return {
    width,
    height,
    labels,
    count,
    area,
    frame,
    x: mean(1),
    y: mean(2),
    ...edges,
    histogram: histograms(image, labels, area, palette),
    likeness: likenessOf(palette),
  }
}

type Colours = readonly [Float32Array, Float32Array, Float32Array]

/** Colours as rows of (l, a, b): k-means over the superpixels, starting with distant colours. */
function paletteOf([l, a, b]: Colours, area: Float32Array): Float32Array {
  const count = area.length
  const palette = new Float32Array(3 * PALETTE_SIZE)
  const nearest = new Float32Array(count).fill(Number.POSITIVE_INFINITY)
  const at = (superpixel: number) => [l[superpixel]!, a[superpixel]!, b[superpixel]!]
  const distance = (superpixel: number, entry: number) =>
    (l[superpixel]! - palette[3 * entry]!) ** 2 +
    (a[superpixel]! - palette[3 * entry + 1]!) ** 2 +
    (b[superpixel]! - palette[3 * entry + 2]!) ** 2
  let next = area.indexOf(Math.max(...area))
  for (let entry = 0; entry < PALETTE_SIZE; entry++) {
    palette.set(at(next), 3 * entry)
    let farthest = -1
    for (let superpixel = 0; superpixel < count; superpixel++) {
      nearest[superpixel] = Math.min(nearest[superpixel]!, distance(superpixel, entry))
      const far = nearest[superpixel]! * Math.sqrt(area[superpixel]!)
      if (far > farthest) [farthest, next] = [far, superpixel]
    }
  }
  for (let round = 0; round < PALETTE_ROUNDS; round++) {
    const sums = new Float64Array(4 * PALETTE_SIZE)
    for (let superpixel = 0; superpixel < count; superpixel++) {
      let best = 0
      for (let entry = 1; entry < PALETTE_SIZE; entry++)
        if (distance(superpixel, entry) < distance(superpixel, best)) best = entry
      const weight = area[superpixel]!
      const values = [1, ...at(superpixel)]
      for (let i = 0; i < 4; i++) sums[4 * best + i] = sums[4 * best + i]! + weight * values[i]!
    }
    for (let entry = 0; entry < PALETTE_SIZE; entry++) {
      const weight = sums[4 * entry]!
      if (weight === 0) continue
      for (let i = 0; i < 3; i++) palette[3 * entry + i] = sums[4 * entry + 1 + i]! / weight
    }
  }
  return palette
}

function histograms(
  { l, a, b }: LabImage,
  labels: Int32Array,
  area: Float32Array,
  palette: Float32Array,
): Float32Array {
  const histogram = new Float32Array(area.length * PALETTE_SIZE)
  for (let at = 0; at < labels.length; at++) {
    let best = 0
    let least = Number.POSITIVE_INFINITY
    for (let entry = 0; entry < PALETTE_SIZE; entry++) {
      const dl = l[at]! - palette[3 * entry]!
      const da = a[at]! - palette[3 * entry + 1]!
      const db = b[at]! - palette[3 * entry + 2]!
      const distance = dl * dl + da * da + db * db
      if (distance < least) {
        least = distance
        best = entry
      }
    }
    const superpixel = labels[at]!
    const bin = superpixel * PALETTE_SIZE + best
    histogram[bin] = histogram[bin]! + 1 / area[superpixel]!
  }
  return histogram
}

function likenessOf(palette: Float32Array): Float32Array {
  const likeness = new Float32Array(PALETTE_SIZE * PALETTE_SIZE)
  for (let i = 0; i < PALETTE_SIZE; i++)
    for (let j = 0; j < PALETTE_SIZE; j++) {
      let squared = 0
      for (let axis = 0; axis < 3; axis++)
        squared += (palette[3 * i + axis]! - palette[3 * j + axis]!) ** 2
      likeness[i * PALETTE_SIZE + j] = Math.exp(-squared / (2 * ALIKE * ALIKE))
    }
  return likeness
}

function edgesOf(labels: Int32Array, width: number, height: number, [l, a, b]: Colours) {
  const index = new Map<number, number>()
  const count = l.length
  const from: number[] = []
  const to: number[] = []
  const border: number[] = []
  const touch = (one: number, other: number) => {
    if (one === other) return
    const low = Math.min(one, other)
    const high = Math.max(one, other)
    const known = index.get(low * count + high)
    if (known !== undefined) {
      border[known] = border[known]! + 1
      return
    }
    index.set(low * count + high, from.length)
    from.push(low)
    to.push(high)
    border.push(1)
  }
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (x + 1 < width) touch(labels[at]!, labels[at + 1]!)
      if (y + 1 < height) touch(labels[at]!, labels[at + width]!)
    }
  let weighted = 0
  let length = 0
  const contrast = Float32Array.from(from, (one, edge) => {
    const other = to[edge]!
    const squared =
      (l[one]! - l[other]!) ** 2 + (a[one]! - a[other]!) ** 2 + (b[one]! - b[other]!) ** 2
    weighted += squared * border[edge]!
    length += border[edge]!
    return Math.sqrt(squared)
  })
  return {
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    border: Float32Array.from(border),
    contrast,
    meanSquaredContrast: length === 0 ? 1 : Math.max(1e-3, weighted / length),
  }
}
