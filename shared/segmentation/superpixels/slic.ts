/**
 * Superpixels: small connected patches of similar colour (SLIC; Achanta et al., "SLIC Superpixels
 * Compared to State-of-the-art Superpixel Methods", PAMI 2012). Knows nothing of objects.
 */

import type { LabImage } from '../lab.ts'

const ROUNDS = 5
/** Weight of the distance in pixels against the distance in colour. */
const COMPACTNESS = 8

/** A label from 0 to `count - 1` for every pixel. The pixels of a label are connected. */
export type Superpixels = { readonly labels: Int32Array; readonly count: number }

/** @param wanted approximate number of superpixels */
export function superpixels(image: LabImage, wanted: number): Superpixels {
  const { width, height } = image
  const step = Math.max(2, Math.sqrt((width * height) / wanted))
  const cols = Math.max(1, Math.round(width / step))
  const rows = Math.max(1, Math.round(height / step))
  const labels = new Int32Array(width * height)
  const nearest = new Float32Array(width * height)
  const centres = startingCentres(image, rows, cols)
  for (let round = 0; round < ROUNDS; round++) {
    assign(image, centres, step, labels, nearest)
    if (round + 1 < ROUNDS) recentre(image, centres, labels)
  }
  return connected(labels, width, height, (step * step) / 4)
}

/** Centres as rows of (x, y, l, a, b). */
function startingCentres(image: LabImage, rows: number, cols: number): Float32Array {
  const { width, height, l, a, b } = image
  const centres = new Float32Array(5 * rows * cols)
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      const x = Math.min(width - 1, Math.floor(((col + 0.5) * width) / cols))
      const y = Math.min(height - 1, Math.floor(((row + 0.5) * height) / rows))
      const at = y * width + x
      centres.set([x, y, l[at]!, a[at]!, b[at]!], 5 * (row * cols + col))
    }
  return centres
}

/** Assigns each pixel to the best of the centres nearby. */
function assign(
  { width, height, l, a, b }: LabImage,
  centres: Float32Array,
  step: number,
  labels: Int32Array,
  nearest: Float32Array,
): void {
  nearest.fill(Number.POSITIVE_INFINITY)
  const weight = (COMPACTNESS / step) ** 2
  for (let label = 0; 5 * label < centres.length; label++) {
    const [cx = 0, cy = 0, cl = 0, ca = 0, cb = 0] = centres.subarray(5 * label, 5 * label + 5)
    const left = Math.max(0, Math.floor(cx - step))
    const right = Math.min(width - 1, Math.ceil(cx + step))
    const top = Math.max(0, Math.floor(cy - step))
    const bottom = Math.min(height - 1, Math.ceil(cy + step))
    for (let y = top; y <= bottom; y++) {
      const dy = weight * (y - cy) ** 2
      for (let x = left, at = y * width + left; x <= right; x++, at++) {
        const dl = l[at]! - cl
        const da = a[at]! - ca
        const db = b[at]! - cb
        const dx = x - cx
        const distance = dl * dl + da * da + db * db + weight * dx * dx + dy
        if (distance < nearest[at]!) {
          nearest[at] = distance
          labels[at] = label
        }
      }
    }
  }
}

/** Moves each centre to the mean of its pixels. */
function recentre({ width, l, a, b }: LabImage, centres: Float32Array, labels: Int32Array): void {
  const sums = new Float64Array(centres.length)
  const counts = new Int32Array(centres.length / 5)
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!
    const y = Math.floor(at / width)
    const values = [at - y * width, y, l[at]!, a[at]!, b[at]!]
    for (let i = 0; i < 5; i++) sums[5 * label + i] = sums[5 * label + i]! + values[i]!
    counts[label] = counts[label]! + 1
  }
  for (let label = 0; label < counts.length; label++) {
    const count = counts[label]!
    if (count === 0) continue
    for (let i = 0; i < 5; i++) centres[5 * label + i] = sums[5 * label + i]! / count
  }
}

/** Splits labels into connected patches; those smaller than `least` join a neighbour. */
function connected(labels: Int32Array, width: number, height: number, least: number): Superpixels {
  const out = new Int32Array(labels.length).fill(-1)
  const queue = new Int32Array(labels.length)
  let count = 0
  for (let seed = 0; seed < labels.length; seed++) {
    if (out[seed] !== -1) continue
    const label = labels[seed]!
    const beside = seed % width > 0 ? out[seed - 1]! : seed >= width ? out[seed - width]! : -1
    let filled = 1
    queue[0] = seed
    out[seed] = count
    for (let next = 0; next < filled; next++) {
      const at = queue[next]!
      const x = at % width
      const visit = (to: number) => {
        if (out[to] !== -1 || labels[to] !== label) return
        out[to] = count
        queue[filled++] = to
      }
      if (x > 0) visit(at - 1)
      if (x + 1 < width) visit(at + 1)
      if (at >= width) visit(at - width)
      if (at + width < width * height) visit(at + width)
    }
    if (filled < least && beside >= 0) for (let i = 0; i < filled; i++) out[queue[i]!] = beside
    else count++
  }
  return { labels: out, count }
}
