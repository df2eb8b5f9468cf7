/** How near a picture is to the truth, over some of its pixels. */

import { Random } from '../../shared/instant/random.ts'
import type { Pixels } from '../../shared/segmentation/lab.ts'

const PATCH = 5
const PATCH_VALUES = 3 * PATCH ** 2
const PROJECTIONS = 64
/** Of more, every second or third is compared. */
const MOST_PATCHES = 4000

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
export function compare(picture: Pixels, truth: Pixels, on: Uint32Array): Measures {
  return {
    detail: fineDetail(picture, on) / fineDetail(truth, on),
    patches: patchDistance(picture, truth, on),
    ssim: similarity(picture, truth, on),
    ...errors(picture, truth, on),
  }
}

/** Pixel by pixel. @param on flat indices of the pixels to compare */
export function errors(picture: Pixels, truth: Pixels, on: Uint32Array): Errors {
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

/** Deviation of the Laplacian of brightness, in grey levels. */
export function fineDetail(picture: Pixels, on: Uint32Array): number {
  const { width } = picture
  const values = Float64Array.from(
    on,
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

/**
 * Mean distance of the sorted projections of all patches, over random directions (sliced Wasserstein
 * distance), in grey levels of a patch's length.
 */
export function patchDistance(picture: Pixels, truth: Pixels, on: Uint32Array): number {
  const some = thinned(on)
  const [one, other] = [patchesOf(picture, some), patchesOf(truth, some)]
  const random = new Random(1)
  let sum = 0
  for (let k = 0; k < PROJECTIONS; k++) {
    const direction = Float64Array.from(
      { length: PATCH_VALUES },
      () => random.below(2001) / 1000 - 1,
    )
    const length = Math.hypot(...direction)
    const [p, q] = [projected(one, direction), projected(other, direction)]
    let total = 0
    for (let i = 0; i < p.length; i++) total += Math.abs((p[i] as number) - (q[i] as number))
    sum += total / p.length / length
  }
  return sum / PROJECTIONS
}

/** The values of the patches around some pixels, one patch after the other. */
function patchesOf(picture: Pixels, on: Uint32Array): Uint8Array {
  const reach = (PATCH - 1) / 2
  const patches = new Uint8Array(PATCH_VALUES * on.length)
  let to = 0
  for (const at of on)
    for (let row = -reach; row <= reach; row++)
      for (let col = -reach; col <= reach; col++)
        for (let i = 0; i < 3; i++)
          patches[to++] = value(picture, 4 * (at + row * picture.width + col) + i)
  return patches
}

/** Sorted. */
function projected(patches: Uint8Array, direction: Float64Array): Float64Array {
  const out = new Float64Array(patches.length / PATCH_VALUES)
  for (let i = 0, from = 0; i < out.length; i++) {
    let sum = 0
    for (let k = 0; k < PATCH_VALUES; k++)
      sum += (direction[k] as number) * (patches[from++] as number)
    out[i] = sum
  }
  return out.sort()
}

function thinned(on: Uint32Array): Uint32Array {
  const step = Math.max(1, Math.floor(on.length / MOST_PATCHES))
  return on.filter((_, i) => i % step === 0)
}

/** Mean of SSIM (Wang et al. 2004) over windows that begin at some of the pixels. */
function similarity(picture: Pixels, truth: Pixels, on: Uint32Array): number {
  const { width, height } = truth
  const starts = thinned(on).filter(
    (at) => (at % width) + 8 <= width && at + 8 * width <= width * height,
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
