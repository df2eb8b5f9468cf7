/** Edits that denoise only the region's tokens, beside one that denoises all: how far the latents move, and processor time. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stepInputs } from '../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { Session } from '../../../gpu-worker/onnx/session.ts'
import { shared } from '../../../gpu-worker/onnx/tensor.ts'
import { denoise } from '../../../gpu-worker/sampler/denoise.ts'
import {
  type EditingStrategy,
  type VelocityBeside,
  vaeEncoded,
} from '../../../gpu-worker/sampler/editing-strategy.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import { regionOnly, withMargin } from '../../../gpu-worker/sampler/region-only.ts'
import { lambdasOf } from '../../../gpu-worker/sampler/schedule.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { settingsOf } from '../../fixtures/settings.ts'
import { planOn } from './case.ts'
import type { Model } from './models.ts'
import { relativeL2 } from './precision/compare.ts'
import { layoutOf, weightShapes, writeWeights } from './weights.ts'

/** As without any option. */
const drags = [{ handle: { x: 0, y: 0 }, target: { x: 1, y: 1 } }]
const { sampler: DEFAULTS } = resolveSettings(settingsOf({ drags }), () => 1)

const MARGINS = [0, 1, 2, 4, 8]

/** Prints a line for each margin. */
export async function measureRegionOnly(model: Model, threads: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'contextdrag-tokens-'))
  const path = join(folder, 'weights.safetensors')
  const layout = layoutOf(path, weightShapes(model), 'F32')
  await writeWeights(path, layout)
  const options = { provider: 'cpu', threads, packed: true } as const
  const session = await Session.create(model.graph(layout.tensors, 'F32'), options)
  try {
    await compare(model, session)
  } finally {
    await session.close()
    await rm(folder, { recursive: true })
  }
}

async function compare(model: Model, session: Session): Promise<void> {
  const { grid, features, sigmas, textTokens } = model
  const count = grid.rows * grid.cols
  const plan = planOn(grid)
  const steps = sigmas.length - 1
  const sampler = { ...DEFAULTS, steps }
  const reference = gaussianNoise(4, count * features)
  const noise = gaussianNoise(3, count * features)
  const velocityBeside: VelocityBeside = (beside) => {
    const constant = shared(model.constant(beside, 'F32'))
    return async (latents, sigma, lambda) => {
      const step = stepInputs(beside.control, { latents, sigma, lambda }, 'F32')
      const { outputs } = await session.run({ ...constant, ...step })
      return outputs.velocity?.data as Float32Array
    }
  }
  const region = plan.editRegion
  const inputs = { plan, region, reference, noise, sigmas, sampler, velocityBeside }
  async function edit(strategy: EditingStrategy) {
    const before = process.cpuUsage()
    const { start, velocity, afterStep } = await strategy(inputs)
    const lambdas = lambdasOf(sigmas, sampler)
    const latents = await denoise(start, sigmas, lambdas, velocity, afterStep, () => {})
    const { user, system } = process.cpuUsage(before)
    const rows = region.map((token) => latents.slice(token * features, (token + 1) * features))
    return { cpu: user + system, inside: Float32Array.from(rows.flatMap((row) => [...row])) }
  }
  const all = await edit(vaeEncoded)
  process.stdout.write(
    `${model.name}: ${textTokens} + ${count} + ${count} tokens, ${steps} steps, a region of ${region.length}\n`,
  )
  for (const margin of MARGINS) {
    const { cpu, inside } = await edit(regionOnly(margin))
    const target = withMargin(region, grid, margin).length
    const share = (textTokens + target + count) / (textTokens + 2 * count)
    process.stdout.write(
      `  margin ${margin}: ${target} target tokens, ${share.toFixed(2)} of all tokens, ${(cpu / all.cpu).toFixed(2)} of the CPU time; latents of the region moved by ${relativeL2(inside, all.inside).toExponential(1)}\n`,
    )
  }
}
