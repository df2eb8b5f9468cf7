/** Sinusoidal features of a noise level or a guidance scale, as transformers take them. */

import { bfloat16 } from '../../../onnx/tensor.ts'
import type { ComputeType } from '../emitter.ts'

/** Features of a number. */
export const TIME_FEATURES = 256

/**
 * `[cos(1000 x f_j), sin(1000 x f_j)]`, `f_j = 10000^(-j / 128)` (diffusers get_timestep_embedding
 * with flip_sin_to_cos, downscale_freq_shift 0).
 *
 * @param thousandfold `1000 x` as upstream rounds it: {@link timeOf} or {@link guidanceOf}
 */
function features(thousandfold: number): Float32Array {
  const half = TIME_FEATURES / 2
  const values = new Float32Array(TIME_FEATURES)
  // Rounded like upstream's float32: at 1000 radians the last bit of a frequency matters.
  const step = Math.fround(-Math.log(10_000))
  for (let j = 0; j < half; j++) {
    const frequency = Math.fround(Math.exp(Math.fround(Math.fround(step * j) / half)))
    const angle = Math.fround(thousandfold * frequency)
    values[j] = Math.cos(angle)
    values[half + j] = Math.sin(angle)
  }
  return values
}

/**
 * Features of a noise level in (0, 1]. Pipelines pass `1000 sigma / 1000` in the type of the latents,
 * and the transformer multiplies by 1000 in it: three roundings in bfloat16 (diffusers
 * pipeline_flux_kontext.py, transformer_flux.py).
 */
export function timeFeatures(sigma: number, compute: ComputeType): Float32Array {
  const round = rounding(compute)
  if (compute === 'F32') return features(Math.fround(1000 * Math.fround(sigma)))
  return features(round(round(round(Math.fround(1000 * sigma)) / 1000) * 1000))
}

/** Features of a guidance scale, rounded as the transformer rounds it: 3 becomes 3008 in bfloat16. */
export function guidanceFeatures(scale: number, compute: ComputeType): Float32Array {
  const round = rounding(compute)
  return features(round(round(scale) * 1000))
}

/** The nearest number of a compute type. float16 keeps float32's: no pipeline runs in it. */
function rounding(compute: ComputeType): (value: number) => number {
  return compute === 'BF16' ? bfloat16 : Math.fround
}
