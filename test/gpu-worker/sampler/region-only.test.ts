import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OpenBackbone } from '../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../gpu-worker/backbones/registry.ts'
import { denoise } from '../../../gpu-worker/sampler/denoise.ts'
import {
  type Beside,
  type EditingStrategy,
  type StrategyInputs,
  vaeEncoded,
} from '../../../gpu-worker/sampler/editing-strategy.ts'
import { regionOnly, strategyOf, withMargin } from '../../../gpu-worker/sampler/region-only.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { maxDifference } from '../../fixtures/graphs.ts'
import { settingsOf } from '../../fixtures/settings.ts'
import { errorOf, type Form, forms, planOf, scenes } from '../backbones/closed-forms/drags.ts'
import { referenceLatents } from '../backbones/closed-forms/sample.ts'

const cache = join(tmpdir(), 'contextdrag-test-checkpoints')
let backbone: OpenBackbone
beforeAll(async () => {
  backbone = await openBackbone('embedded', { cache }, { provider: 'cpu', threads: 1 })
})
afterAll(() => backbone.close())

const drags = [{ handle: { x: 0, y: 0 }, target: { x: 1, y: 1 } }]
const { sampler } = resolveSettings(settingsOf({ drags }), () => 1)

/** Two steps of a drag. */
async function edit(
  strategy: EditingStrategy,
  name: string,
  form: Form,
  change: Partial<typeof sampler> = {},
) {
  const plan = planOf(name, form)
  const count = plan.grid.rows * plan.grid.cols
  const reference = referenceLatents(count, backbone)
  const seen: Beside[] = []
  const photo = { width: 8, height: 8, pixels: new Float32Array(3 * 64) }
  const conditioning = await backbone.condition({ prompt: '', photo })
  const inputs: StrategyInputs = {
    plan,
    region: plan.editRegion,
    reference,
    noise: backbone.noise(5, plan.grid),
    sigmas: backbone.schedule(2, count),
    sampler: { ...sampler, steps: 2, ...change },
    velocityBeside: (beside) => {
      seen.push(beside)
      return backbone.velocity({ grid: plan.grid, ...beside, guidance: null, conditioning })
    },
  }
  const { start, velocity, afterStep } = await strategy(inputs)
  const estimates: Float32Array[] = []
  const latents = await denoise(
    start,
    inputs.sigmas,
    [0.3, 0.3],
    velocity,
    afterStep,
    (_, __, e) => {
      estimates.push(e())
    },
  )
  return { plan, reference, latents, estimates, seen }
}

const WIDTH = 64

describe('closed forms', () => {
  const cases = Object.keys(scenes).flatMap((name) =>
    (Object.keys(forms) as Form[]).map((form) => [name, form] as const),
  )
  test.each(cases)('%s, %s', async (name, form) => {
    for (const margin of [0, 2]) {
      const { plan, latents, reference } = await edit(regionOnly(margin), name, form)
      expect(errorOf(latents, plan, form, 0.3, reference, WIDTH)).toBeLessThan(1e-3)
    }
  })
})

test('with a margin as wide as the picture, it is the method itself', async () => {
  for (const change of [
    {},
    { latentBlend: false },
    { injected: 'alone' as const },
    { paaUntil: 0.5 },
  ]) {
    const whole = await edit(vaeEncoded, 'move', 'PRE+OAM', change)
    const region = await edit(regionOnly(16), 'move', 'PRE+OAM', change)
    expect(maxDifference(region.latents, whole.latents)).toBe(0)
  }
})

test('the transformer gets the tokens of the region and the margin, and all of the photo', async () => {
  const { plan, seen } = await edit(regionOnly(1), 'move', 'CTI')
  const count = plan.grid.rows * plan.grid.cols
  const [{ streams, control, reference } = {} as Beside] = seen
  expect(streams?.target).toEqual(withMargin(plan.editRegion, plan.grid, 1))
  expect(streams?.target.length).toBeLessThan(count)
  expect([streams?.reference.length, reference.length / WIDTH]).toEqual([count, count])
  // Into each target what the plan says.
  const injected = [...control.injectMask].flatMap((mask, i) =>
    mask === 0 ? [] : [[streams?.target[i], control.injectFrom[i]]],
  )
  const wanted = plan.targets.map((token, i) => [token, plan.sources[i]])
  expect(injected).toEqual(wanted.toSorted(([a = 0], [b = 0]) => a - b))
})

test('other tokens are the photo at every step, with or without latentBlend, and in every estimate', async () => {
  for (const latentBlend of [true, false]) {
    const { plan, latents, estimates, reference } = await edit(regionOnly(1), 'move', 'CTI', {
      latentBlend,
    })
    const free = withMargin(plan.editRegion, plan.grid, 1)
    for (const values of [latents, ...estimates])
      for (let i = 0; i < values.length; i++)
        if (!free.includes(Math.floor(i / WIDTH)))
          expect(values[i]).toBeCloseTo(reference[i] as number, 5)
  }
})

test('a margin grows the region in all directions, and not around the borders', () => {
  const grid = { rows: 3, cols: 4 }
  expect(withMargin([0], grid, 1)).toEqual([0, 1, 4, 5])
  expect(withMargin([7], grid, 1)).toEqual([2, 3, 6, 7, 10, 11])
  expect(withMargin([7], grid, 0)).toEqual([7])
})

test('the setting decides', () => {
  expect(strategyOf({ TARGET_TOKENS: 'all' })).toBe(vaeEncoded)
  expect(strategyOf({ TARGET_TOKENS: 'region' })).not.toBe(vaeEncoded)
})
