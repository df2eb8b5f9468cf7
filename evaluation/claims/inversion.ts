/**
 * Table VI, as far as a backbone shows it that knows no picture but its reference. Beside its reference all its
 * ways are straight, so that noise put into a photo is found again by inversion. Without it, a photo cannot be
 * inverted at all: an extreme of what the paper finds.
 */

import type { OpenBackbone } from '../../gpu-worker/backbones/family.ts'
import { identityControl } from '../../gpu-worker/sampler/control.ts'
import { denoise } from '../../gpu-worker/sampler/denoise.ts'
import { backbones } from '../../shared/backbones.ts'
import { tokenGrid } from '../../shared/token-grid.ts'
import type { EvaluationCase } from '../case.ts'
import type { EvaluatedEngine } from '../engine.ts'
import { uniInv } from '../inversion/uni-inv.ts'
import { errors } from '../truth/measures.ts'
import { atMost, type Claim } from './claim.ts'

/** Of the latents, whose standard deviation is 0.5 to 1. */
const CLOSE = 0.005

/** @param backbone `embedded` */
export async function roundTripClaims(
  backbone: OpenBackbone,
  signal: AbortSignal,
): Promise<Claim[]> {
  const { pitch } = backbones.embedded
  const size = { width: 8 * pitch, height: 8 * pitch }
  const grid = tokenGrid(size, pitch)
  const tokens = grid.rows * grid.cols
  const pixels = Float32Array.from({ length: 3 * size.width * size.height }, (_, i) =>
    Math.sin(i / 7 + i / size.width),
  )
  const photo = { ...size, pixels }
  const reference = await backbone.encode(photo, signal)
  const conditioning = await backbone.condition({ prompt: '', photo }, signal)
  const control = identityControl(tokens)
  const velocity = backbone.velocity(
    { grid, reference, control, guidance: null, conditioning },
    signal,
  )
  const noise = backbone.noise(1, grid)
  const half = reference.map((value, i) => 0.5 * (value + (noise[i] as number)))
  const trajectory = await uniInv(half, [0.5, 0.75, 1], (x, sigma) => velocity(x, sigma, 0))
  const inverted = trajectory.at(-1) as Float32Array
  const none = [0, 0, 0]
  const keep = (x: Float32Array) => x
  const back = await denoise(inverted, [1, 0.75, 0.5, 0], none, velocity, keep, () => {})
  return [
    atMost('Inversion finds the noise that a photo is half of: off', away(inverted, noise), CLOSE),
    atMost('Denoising leads from there to the photo: off', away(back, reference), CLOSE),
  ]
}

/** @param ours, inverted the two strategies on `embedded`, without pixels of the photo in their results */
export async function strategyOrderClaims(
  ours: EvaluatedEngine,
  inverted: EvaluatedEngine,
  one: EvaluationCase,
  signal: AbortSignal,
): Promise<Claim[]> {
  const { truth } = one
  if (truth === undefined) throw new Error(`the truth of ${one.id} is not known`)
  const errorsOf = async (engine: EvaluatedEngine) => {
    const { picture } = await engine.edit(one, signal)
    const on = (part: keyof typeof truth.parts) =>
      errors(picture, truth.picture, truth.parts[part]).meanError
    return { inside: on('inside'), outside: on('outside') }
  }
  const [encoded, other] = [await errorsOf(ours), await errorsOf(inverted)]
  return [
    atMost(
      'An encoded photo is nearer to the truth than an inverted one',
      encoded.inside,
      0.5 * other.inside,
    ),
    atMost('Outside they differ by', Math.abs(encoded.outside - other.outside), 0.01),
  ]
}

/** The largest difference. */
function away(one: Float32Array, other: Float32Array): number {
  return one.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] as number))), 0)
}
