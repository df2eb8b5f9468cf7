/**
 * Seeded noise with the same bits on every machine: Philox4x32-10 and Box-Muller in float64. Knows
 * nothing of the layout of latents.
 */

const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9
const WEYL_1 = 0xbb67ae85
const ROUNDS = 10

/**
 * High 32 bits of the product of two unsigned 32-bit numbers; the low ones are `Math.imul(a, b)`.
 */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const cross = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0
}

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): four 32-bit
 * words for a counter of four and a key of two.
 */
export function philox(
  counter: readonly number[],
  key: readonly number[],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter as [number, number, number, number]
  let [k0, k1] = key as [number, number]
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0)
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0
    const high1 = multiplyHigh(MULTIPLIER_1, c2)
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + WEYL_0) >>> 0
    k1 = (k1 + WEYL_1) >>> 0
  }
  return [c0, c1, c2, c3]
}

/**
 * `count` standard normal values for a seed (a non-negative safe integer). Words pair up for
 * Box-Muller; a word w becomes the uniform (w + 0.5) / 2^32, so that the logarithm is always
 * finite.
 */
export function gaussianNoise(seed: number, count: number): Float32Array {
  const key = [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0]
  const noise = new Float32Array(count)
  for (let at = 0, block = 0; at < count; at += 4, block++) {
    const words = philox([block, 0, 0, 0], key)
    for (let pair = 0; pair < 4; pair += 2) {
      const radius = Math.sqrt(-2 * Math.log(((words[pair] as number) + 0.5) / 0x100000000))
      const angle = (2 * Math.PI * ((words[pair + 1] as number) + 0.5)) / 0x100000000
      // Writes past the end of a typed array are ignored, so the last block may be partial.
      noise[at + pair] = radius * Math.cos(angle)
      noise[at + pair + 1] = radius * Math.sin(angle)
    }
  }
  return noise
}
