/**
 * The test oracle: the computed checkpoint in the real graph, on raw latents, without latent blend
 * and without composite.
 */

import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedCheckpoint } from '../../../../gpu-worker/backbones/embedded/checkpoint.ts'
import { EMBEDDED_REVISION } from '../../../../gpu-worker/backbones/embedded/folder.ts'
import { inverseTime, silu } from '../../../../gpu-worker/backbones/embedded/inverse-time.ts'
import type { OpenBackbone } from '../../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { writeSafetensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { controlOf } from '../../../../gpu-worker/sampler/control.ts'
import { errorOf, planOf } from '../closed-forms/drags.ts'
import { features, referenceLatents, sample } from '../closed-forms/sample.ts'
import { describeClosedForms, describePlainCopy, TOLERANCE } from '../closed-forms/suite.ts'

const cache = join(tmpdir(), 'contextdrag-test-checkpoints')
let backbone: OpenBackbone
let fast: OpenBackbone

beforeAll(async () => {
  backbone = await openBackbone('embedded', { cache }, { provider: 'cpu', threads: 1 })
  fast = await openBackbone('embedded-fast', { cache }, { provider: 'cpu', threads: 1 })
})
afterAll(() => Promise.all([backbone.close(), fast.close()]))

describePlainCopy(() => [backbone, fast])
describeClosedForms(() => backbone)

test('a closed form of the fast backbone', async () => {
  const plan = planOf('stretch', 'PRE+OAM')
  const reference = referenceLatents(plan.grid.rows * plan.grid.cols, fast)
  const { latents } = await sample(fast, plan.grid, reference, controlOf(plan), [0.5, 0.5])
  expect(errorOf(latents, plan, 'PRE+OAM', 0.5, reference, features(fast))).toBeLessThanOrEqual(
    TOLERANCE,
  )
})

test('1 / t from SiLU hinges has a relative error below 2e-6, and only positive terms', () => {
  const { places, weights, bias, featureScale } = inverseTime()
  expect(Math.min(...weights)).toBeGreaterThan(0)
  for (let t = 0.004; t <= 1; t *= 1.01) {
    const tau = Math.sin(t / featureScale) * featureScale
    const value = places.reduce(
      (sum, place, k) => sum + (weights[k] as number) * silu(5 - (5 * tau) / place),
      bias,
    )
    expect(Math.abs(value * t - 1)).toBeLessThan(2e-6)
  }
})

test('the weights belong to the revision in the name of the cache folder', () => {
  const { transformer, vae } = embeddedCheckpoint('embedded')
  const digest = createHash('sha256')
    .update(writeSafetensors(transformer.tensors))
    .update(writeSafetensors(vae.tensors))
    .digest('hex')
  // If the digest changes, increase EMBEDDED_REVISION, or old caches still provide old weights.
  expect([EMBEDDED_REVISION, digest.slice(0, 16)]).toEqual([1, 'c4ee088c63131ee7'])
})
