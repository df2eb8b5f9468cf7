/**
 * Weights of the `patch` autoencoder: an orthonormal transform of f x f pixels that keeps the
 * cheapest coefficients.
 */

import type { NamedTensor } from '../../checkpoint/safetensors.ts'

/** One latent channel: a colour direction times a cosine of `u` half-waves across and `v` down. */
export type PatchBase = { readonly colour: number; readonly u: number; readonly v: number }

/** Luminance, red minus blue, green minus the others; orthonormal. */
const COLOURS = [
  [1, 1, 1],
  [1, 0, -1],
  [1, -2, 1],
].map((row) => {
  const norm = Math.hypot(...row)
  return row.map((value) => value / norm)
})

/** Chroma costs more than luma, and its high frequencies most. */
function cost({ colour, u, v }: PatchBase): number {
  return colour === 0 ? u * u + v * v : 9 * (u * u + v * v) + 2.5
}

/** The `channels` cheapest of the 3 f^2 base patterns, in order of cost. */
export function patchBasis(patch: number, channels: number): PatchBase[] {
  const bases: PatchBase[] = []
  for (let colour = 0; colour < 3; colour++)
    for (let v = 0; v < patch; v++) for (let u = 0; u < patch; u++) bases.push({ colour, u, v })
  return bases.sort((a, b) => cost(a) - cost(b)).slice(0, channels)
}

/**
 * `weight` [channels, 3, f, f]: rows of an orthonormal transform, so that its transpose decodes.
 */
export function patchTensors(patch: number, channels: number): NamedTensor[] {
  const cosine = (k: number, x: number) =>
    Math.sqrt((k === 0 ? 1 : 2) / patch) * Math.cos(((2 * x + 1) * k * Math.PI) / (2 * patch))
  const data = new Float32Array(channels * 3 * patch * patch)
  let at = 0
  for (const { colour, u, v } of patchBasis(patch, channels))
    for (let rgb = 0; rgb < 3; rgb++)
      for (let y = 0; y < patch; y++)
        for (let x = 0; x < patch; x++)
          data[at++] = (COLOURS[colour]?.[rgb] as number) * cosine(v, y) * cosine(u, x)
  return [{ name: 'weight', dims: [channels, 3, patch, patch], data }]
}
