/** How near a picture is to the truth, over some of its pixels. */

import { Random } from '../../shared/instant/random.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'

const PATCH = 5
const PROJECTIONS = 64

export type Errors = { readonly psnr: number; readonly meanError: number }

export type Measures = Errors & {
  /** Deviation of the Laplacian over the truth's: 1 is as much detail as there should be. */
  readonly detail: number
  /** Structural similarity of brightness, of windows of 8 x 8: it rewards blur, as PSNR does. */
  readonly ssim: number
  /** Sliced Wasserstein distance of the 5 x 5 patches, in grey levels of a patch's length. */
  readonly patches: number
}

/** @param on flat indices of the pixels to compare */
export function compare(picture: Pixels, truth: Pixels, on: readonly number[]): Measures {
  return {
    detail: laplacianDeviation(picture, on) / laplacianDeviation(truth, on),
    patches: patchDistance(picture, truth, on),
    ssim: similarity(picture, truth, on),
    ...errors(picture, truth, on),
  }
}

/** Pixel by pixel. @param on flat indices of the pixels to compare */
export function errors(picture: Pixels, truth: Pixels, on: readonly number[]): Errors {
  let squares = 0
  let error = 0
  for (const at of on)
    for (let i = 0; i < 3; i++) {
      const difference = value(picture, 4 * at + i) - value(truth, 4 * at + i)
      squares += difference ** 2
      error += Math.abs(difference)
    }
  const count = 3 * on.length
  return {
    psnr: 10 * Math.log10((255 ** 2 * count) / Math.max(squares, 1e-9)),
    meanError: error / count,
  }
}

function value({ data }: Pixels, at: number): number {
  return data[at] ?? 0
}

function luma(picture: Pixels, at: number): number {
  const [r, g, b] = [0, 1, 2].map((i) => value(picture, 4 * at + i)) as [number, number, number]
  return 0.299 * r + 0.587 * g + 0.114 * b
}

function laplacianDeviation(picture: Pixels, on: readonly number[]): number {
  const { width } = picture
  const values = on.map(
    (at) =>
      4 * luma(picture, at) -
      luma(picture, at - 1) -
      luma(picture, at + 1) -
      luma(picture, at - width) -
      luma(picture, at + width),
  )
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)
}

/** Mean distance of the sorted projections of all patches, over random directions. */
function patchDistance(picture: Pixels, truth: Pixels, on: readonly number[]): number {
  const random = new Random(1)
  const step = Math.max(1, Math.floor(on.length / 4000))
  const some = on.filter((_, i) => i % step === 0)
  let sum = 0
  for (let k = 0; k < PROJECTIONS; k++) {
    const direction = Array.from({ length: 3 * PATCH ** 2 }, () => random.below(2001) / 1000 - 1)
    const length = Math.hypot(...direction)
    const project = (of: Pixels) =>
      Float64Array.from(some, (at) => projection(of, at, direction) / length).sort()
    const [one, other] = [project(picture), project(truth)]
    sum += one.reduce((total, v, i) => total + Math.abs(v - (other[i] ?? 0)), 0) / one.length
  }
  return sum / PROJECTIONS
}

/** Mean of SSIM (Wang et al. 2004) over windows that begin at some of the pixels. */
function similarity(picture: Pixels, truth: Pixels, on: readonly number[]): number {
  const step = Math.max(1, Math.floor(on.length / 4000))
  const { width, height } = truth
  const starts = on.filter(
    (at, i) => i % step === 0 && (at % width) + 8 <= width && at + 8 * width <= width * height,
  )
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2]
  let sum = 0
  for (const at of starts) {
    let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0]
    for (let row = 0; row < 8; row++)
      for (let col = 0; col < 8; col++) {
        const p = luma(picture, at + row * width + col) / 8
        const q = luma(truth, at + row * width + col) / 8
        a += p / 8
        b += q / 8
        aa += p * p
        bb += q * q
        ab += p * q
      }
    const structure = (2 * (ab - a * b) + c2) / (aa - a * a + bb - b * b + c2)
    sum += (structure * (2 * a * b + c1)) / (a * a + b * b + c1)
  }
  return sum / starts.length
}

function projection(picture: Pixels, at: number, direction: readonly number[]): number {
  const reach = (PATCH - 1) / 2
  let sum = 0
  let k = 0
  for (let row = -reach; row <= reach; row++)
    for (let col = -reach; col <= reach; col++)
      for (let i = 0; i < 3; i++)
        sum += (direction[k++] ?? 0) * value(picture, 4 * (at + row * picture.width + col) + i)
  return sum
}
