/**
 * The denoising loop of rectified flow. Knows latents and noise levels; nothing of ONNX, images or
 * drags.
 */

/**
 * Velocity `noise - x0` at latents `x` of noise level `sigma`; `lambda` is the strength of
 * injection at this step.
 */
export type Velocity = (x: Float32Array, sigma: number, lambda: number) => Promise<Float32Array>

/**
 * True classifier-free guidance, for backbones without distilled guidance: two velocities per step,
 * `negative + scale * (positive - negative)`.
 */
export function guided(positive: Velocity, negative: Velocity, scale: number): Velocity {
  return async (x, sigma, lambda) => {
    const towards = await positive(x, sigma, lambda)
    const away = await negative(x, sigma, lambda)
    return towards.map((value, i) => (away[i] as number) + scale * (value - (away[i] as number)))
  }
}

/** `early` at the noise levels above `sigma`, `late` from it on. */
export function switched(early: Velocity, late: Velocity, sigma: number): Velocity {
  return (x, level, lambda) => (level > sigma ? early : late)(x, level, lambda)
}

/**
 * Corrects the latents after a step, at noise level `sigma`; returns the latents for the next step.
 */
export type AfterStep = (x: Float32Array, sigma: number) => Float32Array

/**
 * Called after each step with its index (0-based), the latents, and a function that estimates the
 * final latents with the current velocity. The next step waits for it; throwing ends the run.
 */
export type OnStep = (
  index: number,
  x: Float32Array,
  estimate: () => Float32Array,
) => void | Promise<void>

/**
 * Euler steps `x <- x + (sigma' - sigma) v` along the schedule.
 *
 * @param noise latents at sigma = 1
 * @param sigmas descending, ending in 0
 * @param lambdas one per step
 */
export async function denoise(
  noise: Float32Array,
  sigmas: readonly number[],
  lambdas: readonly number[],
  velocity: Velocity,
  afterStep: AfterStep,
  onStep: OnStep,
): Promise<Float32Array> {
  let x = noise
  for (let i = 0; i + 1 < sigmas.length; i++) {
    const sigma = sigmas[i] as number
    const next = sigmas[i + 1] as number
    const v = await velocity(x, sigma, lambdas[i] as number)
    x = afterStep(
      x.map((value, k) => value + (next - sigma) * (v[k] as number)),
      next,
    )
    const latents = x
    const estimate = () => latents.map((value, k) => value - next * (v[k] as number))
    await onStep(i, latents, estimate)
  }
  return x
}

/**
 * The inpainting paradigm: outside `region` the latents follow the reference with the run's own
 * noise, `(1 - sigma) x0 + sigma noise`, and end on the clean reference.
 *
 * @param reference, noise packed latents [tokens, features]
 * @param region flat indices of the tokens that may change
 */
export function blendOutside(
  reference: Float32Array,
  noise: Float32Array,
  region: readonly number[],
  features: number,
): AfterStep {
  const noisy = (sigma: number) =>
    reference.map((value, k) => (1 - sigma) * value + sigma * (noise[k] as number))
  return keepOutside(noisy, region, features)
}

/**
 * Outside `region` the latents are those of the photo.
 *
 * @param photoAt its latents at a noise level [tokens, features]
 * @param region flat indices of the tokens that may change
 */
export function keepOutside(
  photoAt: (sigma: number) => Float32Array,
  region: readonly number[],
  features: number,
): AfterStep {
  return (x, sigma) => {
    const latents = photoAt(sigma).slice()
    for (const token of region) {
      const at = token * features
      latents.set(x.subarray(at, at + features), at)
    }
    return latents
  }
}
