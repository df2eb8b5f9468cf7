/** What the paper leaves open, in the closed forms of a copying transformer. */

import { describe, expect, test } from 'vitest'
import { controlOf } from '../../../../gpu-worker/sampler/control.ts'
import {
  defaultPlanOptions,
  type PlanOptions,
  planDrags,
} from '../../../../shared/geometry/plan.ts'
import { drag, draw, whiteOn } from '../../../fixtures/drawing.ts'
import { maxDifference } from '../../../fixtures/graphs.ts'
import { block } from './drags.ts'
import { features, type Sampled, sample } from './sample.ts'

const scene = draw(...block)
const forms = { CTI: { pre: false, oam: false }, 'PRE+OAM': { pre: true, oam: true } } as const
type Form = keyof typeof forms
const planOf = (form: Form, change: Partial<PlanOptions>) =>
  planDrags(scene.image, scene.grid, [drag([2, 3], [5, 10])], scene.mask, {
    ...defaultPlanOptions,
    ...forms[form],
    ...change,
  })

/** @param opened the model, opened before the tests run */
export function describeSwitches(opened: () => Sampled): void {
  describe('vacated tokens', () => {
    /** The error of the vacated tokens against the reference, and the least of their first channel. */
    async function vacated(form: Form, keys: 'paper' | 'drop' | 'keep') {
      const plan = planOf(form, { vacated: keys })
      const width = features(opened())
      const reference = new Float32Array(plan.grid.rows * plan.grid.cols * width).fill(0.4)
      for (const token of plan.sourceMask) reference.fill(-2, token * width, token * width + 4)
      const control = controlOf(plan)
      const { latents } = await sample(opened(), plan.grid, reference, control, [0.5, 0.5])
      const left = plan.sourceMask.filter((token) => !plan.targets.includes(token))
      const at = (values: Float32Array) =>
        Float32Array.from(
          left.flatMap((token) => [...values.subarray(token * width, (token + 1) * width)]),
        )
      const least = Math.min(...left.map((token) => latents[token * width] as number))
      return { error: maxDifference(at(latents), at(reference)), least }
    }
    const kept = { error: expect.closeTo(0, 3), least: expect.closeTo(-2, 3) }

    test('are copied where their keys are kept', async () => {
      expect(await vacated('PRE+OAM', 'keep')).toEqual(kept)
      expect(await vacated('CTI', 'keep')).toEqual(kept)
      expect(await vacated('CTI', 'paper')).toEqual(kept)
    })
    test('are filled from around them where they are dropped', async () => {
      for (const [form, keys] of [
        ['CTI', 'drop'],
        ['PRE+OAM', 'drop'],
        ['PRE+OAM', 'paper'],
      ] as const)
        expect((await vacated(form, keys)).least).toBeGreaterThan(0.3)
    })
  })

  test('the sliver of a thing in its rim stays behind, unless the rim is cleared', async () => {
    // 24 x 30 pixels of white on tokens of 10: columns 4 and 5, and 4 of the 10 pixels of column 6.
    const { image, grid } = scene
    const mask = whiteOn(image, [40, 20, 24, 30])
    const sliver = [2, 3, 4].map((row) => row * grid.cols + 6)
    const width = features(opened())
    const reference = new Float32Array(grid.rows * grid.cols * width).fill(0.4)
    const edges = (rim: 'keep' | 'clear') => {
      const plan = planDrags(image, grid, [drag([3, 4], [3, 13])], mask, {
        ...defaultPlanOptions,
        rim,
      })
      for (const token of [...plan.sourceMask, ...sliver])
        reference.fill(-2, token * width, token * width + 4)
      return sample(opened(), grid, reference, controlOf(plan), [0.5, 0.5])
    }
    const kept = (await edges('keep')).latents
    const cleared = (await edges('clear')).latents
    for (const token of sliver) {
      expect(kept[token * width]).toBeCloseTo(-2, 3)
      expect(cleared[token * width]).toBeGreaterThan(0.3)
    }
  })

  test('what the photo alone injects has no text to sink into: found tokens are filled once more', async () => {
    const plan = planOf('CTI', {})
    const width = features(opened())
    const reference = new Float32Array(plan.grid.rows * plan.grid.cols * width).fill(0.4)
    for (const [injected, constant] of [
      ['joint', 0.4],
      // The mean around a token is 0.4 too, and a share of 0.7 of it comes on top.
      ['alone', 0.4 + 0.7 * 0.4],
    ] as const) {
      const control = controlOf(plan, injected)
      const { latents } = await sample(opened(), plan.grid, reference, control, [0.7, 0.7])
      for (let token = 0; token < latents.length / width; token++) {
        const target = plan.targets.includes(token)
        expect(latents[token * width]).toBeCloseTo(target ? constant : 0.4, 3)
        // The last channel is none of the autoencoder's constant ones.
        expect(latents[token * width + width - 1]).toBeCloseTo(0.4, 3)
      }
    }
  })
}
