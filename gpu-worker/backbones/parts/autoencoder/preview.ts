/**
 * Thumbnails of a run: a linear map from latents to colours, fitted to the run's reference, whose
 * latents and pixels are both known. It works without constants for every autoencoder whose latents
 * are packed 2x2.
 */

import type { TokenGrid } from '../../../../shared/token-grid.ts'
import { unpackLatents } from '../packing.ts'

/** Most latents that a fit uses. */
const SAMPLES = 4096
/** Regularises channels with little variation; relative to their mean square. */
const RIDGE = 1e-3

/** Converts packed latents [tokens, 4 z] to 8-bit RGB [2 rows, 2 cols, 3]. */
export type PreviewMap = (packed: Float32Array) => Uint8Array

/**
 * Fits `rgb = A z + b` by least squares.
 *
 * @param reference packed latents of the reference [tokens, 4 z]
 * @param colours its pixels, averaged to one per latent, in [-1, 1], [3, 2 rows, 2 cols]
 */
export function fitPreview(
  reference: Float32Array,
  colours: Float32Array,
  channels: number,
  grid: TokenGrid,
): PreviewMap {
  const area = 4 * grid.rows * grid.cols
  const size = channels + 1
  const latents = unpackLatents(reference, channels, grid) // [z, 2 rows, 2 cols]
  const normal = new Float64Array(size * size)
  const right = new Float64Array(size * 3)
  const stride = Math.max(1, Math.ceil(area / SAMPLES))
  const z = new Float64Array(size).fill(1)
  for (let at = 0; at < area; at += stride) {
    for (let c = 0; c < channels; c++) z[c] = latents[c * area + at] as number
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) add(normal, i * size + j, (z[i] as number) * (z[j] as number))
      for (let k = 0; k < 3; k++)
        add(right, 3 * i + k, (z[i] as number) * (colours[k * area + at] as number))
    }
  }
  let trace = 0
  for (let i = 0; i < size; i++) trace += normal[i * size + i] as number
  for (let i = 0; i < size; i++) add(normal, i * size + i, (RIDGE * trace) / size)
  const weights = solve(normal, right, size) // [z + 1, 3]

  return (packed) => {
    const unpacked = unpackLatents(packed, channels, grid)
    const rgb = new Uint8Array(3 * area)
    for (let at = 0; at < area; at++)
      for (let k = 0; k < 3; k++) {
        let value = weights[3 * channels + k] as number
        for (let c = 0; c < channels; c++)
          value += (weights[3 * c + k] as number) * (unpacked[c * area + at] as number)
        rgb[3 * at + k] = Math.max(0, Math.min(255, Math.round(127.5 * (value + 1))))
      }
    return rgb
  }
}

function add(array: Float64Array, index: number, value: number): void {
  array[index] = (array[index] as number) + value
}

/** Solves the symmetric positive system of `size` rows (lower half given) for three right sides. */
function solve(normal: Float64Array, right: Float64Array, size: number): Float64Array {
  const at = (i: number, j: number) => normal[i * size + j] as number
  // Cholesky in place, then two triangular substitutions.
  for (let j = 0; j < size; j++)
    for (let i = j; i < size; i++) {
      let value = at(i, j)
      for (let k = 0; k < j; k++) value -= at(i, k) * at(j, k)
      normal[i * size + j] = i === j ? Math.sqrt(value) : value / at(j, j)
    }
  const x = Float64Array.from(right)
  for (let k = 0; k < 3; k++) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) add(x, 3 * i + k, -at(i, j) * (x[3 * j + k] as number))
      x[3 * i + k] = (x[3 * i + k] as number) / at(i, i)
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let j = i + 1; j < size; j++) add(x, 3 * i + k, -at(j, i) * (x[3 * j + k] as number))
      x[3 * i + k] = (x[3 * i + k] as number) / at(i, i)
    }
  }
  return x
}

/**
 * Averages pixels to one per latent.
 *
 * @param pixels [3, height, width] in [-1, 1] @returns [3, 2 rows, 2 cols]
 */
export function averagePixels(
  pixels: Float32Array,
  height: number,
  width: number,
  grid: TokenGrid,
): Float32Array {
  const rows = 2 * grid.rows
  const cols = 2 * grid.cols
  const stepY = height / rows
  const stepX = width / cols
  const means = new Float32Array(3 * rows * cols)
  for (let k = 0; k < 3; k++)
    for (let row = 0; row < rows; row++)
      for (let col = 0; col < cols; col++) {
        let sum = 0
        for (let y = row * stepY; y < (row + 1) * stepY; y++)
          for (let x = col * stepX; x < (col + 1) * stepX; x++)
            sum += pixels[(k * height + y) * width + x] as number
        means[(k * rows + row) * cols + col] = sum / (stepY * stepX)
      }
  return means
}
