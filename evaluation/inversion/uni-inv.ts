/**
 * Uni-Inv (Jiao et al., "UniEdit-Flow", ICLR 2026, arXiv 2504.13109): from a photo back to the noise that
 * Euler's steps would make it of. Knows latents and noise levels only.
 *
 * From level s to the next, s', Euler's step down uses the velocity at the noisier end, which is not known
 * on the way up. So the latents are first guessed with the velocity of the step before, `g = x + (s' - s) v`,
 * and the step is made again, from `x`, with the velocity at the guess: `v' = velocity(g, s')`,
 * `x' = x + (s' - s) v'`. Euler's step down from `x'` misses `x` by the third power of `s' - s`; it misses
 * by the second if the velocity at `x` is used.
 */

/** Velocity `noise - x0` at latents of a noise level. */
export type PlainVelocity = (x: Float32Array, sigma: number) => Promise<Float32Array>

/**
 * The latents at each level; one velocity for each.
 *
 * @param photo latents at the first level
 * @param sigmas ascending
 */
export async function uniInv(
  photo: Float32Array,
  sigmas: readonly number[],
  velocity: PlainVelocity,
): Promise<readonly Float32Array[]> {
  const [first, ...rest] = sigmas as [number, ...number[]]
  const trajectory = [photo]
  let [x, sigma] = [photo, first]
  let v = await velocity(photo, first)
  for (const next of rest) {
    v = await velocity(stepped(x, v, next - sigma), next)
    x = stepped(x, v, next - sigma)
    sigma = next
    trajectory.push(x)
  }
  return trajectory
}

/** `x + by v`. */
function stepped(x: Float32Array, v: Float32Array, by: number): Float32Array {
  return x.map((value, k) => value + by * (v[k] as number))
}
