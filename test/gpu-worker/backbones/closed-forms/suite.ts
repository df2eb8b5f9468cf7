/**
 * What every copying transformer must return, on raw latents: its results are known in closed form, and
 * every bug of control that can be simulated through the inputs must break one of those forms.
 */

import { describe, expect, test } from 'vitest'
import { controlOf, identityControl } from '../../../../gpu-worker/sampler/control.ts'
import { lambdasOf, linearSchedule } from '../../../../gpu-worker/sampler/schedule.ts'
import { maxDifference } from '../../../fixtures/graphs.ts'
import { controlBugs } from './bugs.ts'
import { dragError, errorOf, type Form, forms, planOf, scenes } from './drags.ts'
import { features, referenceLatents, type Sampled, sample } from './sample.ts'

export const TOLERANCE = 1e-3
const BROKEN = 0.1

/** @param opened the models, opened before the tests run */
export function describePlainCopy(
  opened: () => readonly Sampled[],
  counts: readonly number[] = [1, 2, 4, 8],
): void {
  describe('without control it returns the reference, for any noise', () => {
    const grid = { rows: 12, cols: 16 }
    test.each(counts)('%d steps', async (steps) => {
      for (const model of opened()) {
        const reference = referenceLatents(192, model)
        for (const seed of [1, 2 ** 33 + 5]) {
          const lambdas = new Array(steps).fill(0.5)
          const control = identityControl(192)
          const { latents } = await sample(model, grid, reference, control, lambdas, seed)
          expect(maxDifference(latents, reference)).toBeLessThanOrEqual(TOLERANCE)
        }
      }
    })
  })
}

/** @param opened the model, opened before the tests run */
export function describeClosedForms(opened: () => Sampled): void {
  describe('closed forms of the drag', () => {
    const cases = Object.keys(scenes).flatMap((name) =>
      (Object.keys(forms) as Form[]).flatMap((form) =>
        [0.3, 0.7].map((lambda) => [name, form, lambda] as const),
      ),
    )
    test.each(cases)('%s, %s, lambda %d', async (name, form, lambda) => {
      expect(await dragError(opened(), name, form, lambda)).toBeLessThanOrEqual(TOLERANCE)
    })

    test("lambda follows its schedule: the x0 prediction of each of six steps is that step's mix", async () => {
      const model = opened()
      const plan = planOf('overlap', 'CTI')
      const reference = referenceLatents(plan.grid.rows * plan.grid.cols, model)
      const lambdas = lambdasOf(linearSchedule(6), {
        lambda: 0.5,
        lambdaSchedule: 'cosine',
        lambdaBy: 'step',
        lambdaUntil: 1,
      })
      expect(lambdas).toEqual([0.5, 0.5, 0.5, expect.closeTo(0.25, 12), 0, 0])
      const { predictions } = await sample(model, plan.grid, reference, controlOf(plan), lambdas)
      predictions.forEach((prediction, i) => {
        expect(
          errorOf(prediction, plan, 'CTI', lambdas[i] as number, reference, features(model)),
        ).toBeLessThanOrEqual(TOLERANCE)
      })
    })

    test('vacated tokens are filled smoothly from the found tokens around them', async () => {
      const model = opened()
      const plan = planOf('move', 'PRE+OAM')
      const width = features(model)
      // A flat picture with a spike in the moved block: the vacated tokens must be flat.
      const reference = new Float32Array(plan.grid.rows * plan.grid.cols * width)
      for (let token = 0; token < reference.length / width; token++)
        reference.fill(0.4, token * width, token * width + 4)
      for (const token of plan.sourceMask) reference.fill(-2, token * width, token * width + 4)
      const { latents } = await sample(model, plan.grid, reference, controlOf(plan), [0.5, 0.5])
      const hole = plan.sourceMask.filter((token) => !plan.targets.includes(token))
      for (const token of hole) expect(latents[token * width]).toBeGreaterThan(0.3)
    })
  })

  describe('bugs of control each break a closed form', () => {
    test.each(controlBugs)('%s', async (_, scene, form, bend) => {
      expect(await dragError(opened(), scene, form, 0.3)).toBeLessThanOrEqual(TOLERANCE)
      expect(await dragError(opened(), scene, form, 0.3, bend)).toBeGreaterThan(BROKEN)
    })
  })
}
