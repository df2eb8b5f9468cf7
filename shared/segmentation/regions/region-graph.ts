/**
 * A photo as a graph of superpixels: what colours each is made of, which touch, and how different
 * they are. Made once a photo; every click works on it. Knows nothing of seeds.
 */

import type { LabImage } from '../lab.ts'
import { superpixels } from './superpixels.ts'

/** Colours that stand for all of the photo's. */
export const PALETTE_SIZE = 32
const PALETTE_ROUNDS = 6
/** Colours closer than this look alike: the width of the kernel that histograms are smoothed with. */
const ALIKE = 9

/** Superpixels as nodes. Arrays by region, and by edge where they say so. */
export type RegionGraph = {
  readonly width: number
  readonly height: number
  /** Region of every pixel. */
  readonly labels: Int32Array
  readonly count: number
  /** In pixels. */
  readonly area: Float32Array
  /** Mean position in pixels. */
  readonly x: Float32Array
  readonly y: Float32Array
  /** Pixels on the frame of the photo. */
  readonly frame: Float32Array
  /** Shares of the palette's colours, PALETTE_SIZE a region. */
  readonly histogram: Float32Array
  /** How alike two colours of the palette are, 0 to 1, PALETTE_SIZE a row. */
  readonly likeness: Float32Array
  /** By edge: its regions, the length of their border in pixels, and their distance in Lab. */
  readonly from: Int32Array
  readonly to: Int32Array
  readonly border: Float32Array
  readonly contrast: Float32Array
  /** Mean of the squared contrasts, by border. */
  readonly meanSquaredContrast: number
}

/** @param wanted about how many superpixels there should be */
export function regionGraph(image: LabImage, wanted: number): RegionGraph {
  const { width, height, l, a, b } = image
  const { labels, count } = superpixels(image, wanted)
  const sums = new Float64Array(count * 6)
  const frame = new Float32Array(count)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const base = 6 * (labels[at] as number)
      sums[base] = (sums[base] as number) + 1
      sums[base + 1] = (sums[base + 1] as number) + x
      sums[base + 2] = (sums[base + 2] as number) + y
      sums[base + 3] = (sums[base + 3] as number) + (l[at] as number)
      sums[base + 4] = (sums[base + 4] as number) + (a[at] as number)
      sums[base + 5] = (sums[base + 5] as number) + (b[at] as number)
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1)
        frame[labels[at] as number] = (frame[labels[at] as number] as number) + 1
    }
  const mean = (i: number) =>
    Float32Array.from(
      { length: count },
      (_, region) => (sums[6 * region + i] as number) / (sums[6 * region] as number),
    )
  const area = Float32Array.from({ length: count }, (_, region) => sums[6 * region] as number)
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

/** Colours as rows of (l, a, b): k-means over the regions, begun with colours far apart. */
function paletteOf([l, a, b]: Colours, area: Float32Array): Float32Array {
  const count = area.length
  const palette = new Float32Array(3 * PALETTE_SIZE)
  const nearest = new Float32Array(count).fill(Number.POSITIVE_INFINITY)
  const at = (region: number) => [l[region] as number, a[region] as number, b[region] as number]
  const distance = (region: number, entry: number) =>
    ((l[region] as number) - (palette[3 * entry] as number)) ** 2 +
    ((a[region] as number) - (palette[3 * entry + 1] as number)) ** 2 +
    ((b[region] as number) - (palette[3 * entry + 2] as number)) ** 2
  let next = area.indexOf(Math.max(...area))
  for (let entry = 0; entry < PALETTE_SIZE; entry++) {
    palette.set(at(next), 3 * entry)
    let farthest = -1
    for (let region = 0; region < count; region++) {
      nearest[region] = Math.min(nearest[region] as number, distance(region, entry))
      const far = (nearest[region] as number) * Math.sqrt(area[region] as number)
      if (far > farthest) [farthest, next] = [far, region]
    }
  }
  for (let round = 0; round < PALETTE_ROUNDS; round++) {
    const sums = new Float64Array(4 * PALETTE_SIZE)
    for (let region = 0; region < count; region++) {
      let best = 0
      for (let entry = 1; entry < PALETTE_SIZE; entry++)
        if (distance(region, entry) < distance(region, best)) best = entry
      const weight = area[region] as number
      const values = [1, ...at(region)]
      for (let i = 0; i < 4; i++)
        sums[4 * best + i] = (sums[4 * best + i] as number) + weight * (values[i] as number)
    }
    for (let entry = 0; entry < PALETTE_SIZE; entry++) {
      const weight = sums[4 * entry] as number
      if (weight === 0) continue
      for (let i = 0; i < 3; i++)
        palette[3 * entry + i] = (sums[4 * entry + 1 + i] as number) / weight
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
      const dl = (l[at] as number) - (palette[3 * entry] as number)
      const da = (a[at] as number) - (palette[3 * entry + 1] as number)
      const db = (b[at] as number) - (palette[3 * entry + 2] as number)
      const distance = dl * dl + da * da + db * db
      if (distance < least) {
        least = distance
        best = entry
      }
    }
    const region = labels[at] as number
    const bin = region * PALETTE_SIZE + best
    histogram[bin] = (histogram[bin] as number) + 1 / (area[region] as number)
  }
  return histogram
}

function likenessOf(palette: Float32Array): Float32Array {
  const likeness = new Float32Array(PALETTE_SIZE * PALETTE_SIZE)
  for (let i = 0; i < PALETTE_SIZE; i++)
    for (let j = 0; j < PALETTE_SIZE; j++) {
      let squared = 0
      for (let axis = 0; axis < 3; axis++)
        squared += ((palette[3 * i + axis] as number) - (palette[3 * j + axis] as number)) ** 2
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
      border[known] = (border[known] as number) + 1
      return
    }
    index.set(low * count + high, from.length)
    from.push(low)
    to.push(high)
    border.push(1)
  }
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (x + 1 < width) touch(labels[at] as number, labels[at + 1] as number)
      if (y + 1 < height) touch(labels[at] as number, labels[at + width] as number)
    }
  let weighted = 0
  let length = 0
  const contrast = Float32Array.from(from, (one, edge) => {
    const other = to[edge] as number
    const squared =
      ((l[one] as number) - (l[other] as number)) ** 2 +
      ((a[one] as number) - (a[other] as number)) ** 2 +
      ((b[one] as number) - (b[other] as number)) ** 2
    weighted += squared * (border[edge] as number)
    length += border[edge] as number
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
