import { describe, expect, test } from 'vitest'
import { controlOf, identityControl } from '../../../gpu-worker/sampler/control.ts'
import { blendOutside, denoise, guided, switched } from '../../../gpu-worker/sampler/denoise.ts'
import {
  type LambdaSettings,
  lambdasOf,
  linearSchedule,
} from '../../../gpu-worker/sampler/schedule.ts'
import { defaultPlanOptions, planDrags } from '../../../shared/geometry/plan.ts'
import { drag, draw } from '../../fixtures/drawing.ts'

describe('lambda', () => {
  const halved = {
    lambda: 0.5,
    lambdaSchedule: 'cosine',
    lambdaBy: 'step',
    lambdaUntil: 1,
  } as const
  const over = (steps: number, change: Partial<LambdaSettings> = {}) =>
    lambdasOf(linearSchedule(steps), { ...halved, ...change })
  const lambdas = over(30)

  test('over 30 steps follows the paper: 0.5 for ten, a cosine for ten, 0 for ten', () => {
    expect(lambdas.slice(0, 11)).toEqual(new Array(11).fill(0.5))
    expect(lambdas[15]).toBeCloseTo(0.25, 12)
    expect(lambdas[12]).toBeCloseTo(0.25 * (1 + Math.cos(0.2 * Math.PI)), 12)
    expect(lambdas.slice(20)).toEqual(new Array(10).fill(0))
  })

  test('over 4 steps has its thirds at 4/3 and 8/3: two full, one on the cosine, one 0', () => {
    // Step 2 is halfway down: 0.5 * (1 + cos(pi / 2)) / 2.
    expect(over(4)).toEqual([0.5, 0.5, expect.closeTo(0.25, 12), 0])
  })

  test('is constant if the schedule is', () => {
    expect(over(10, { lambda: 0.7, lambdaSchedule: 'constant' })).toEqual(new Array(10).fill(0.7))
  })

  test('by sigma has its thirds at sigma 2/3 and 1/3', () => {
    // FLUX.2-klein's levels stay above 2/3: injection never falls.
    expect(lambdasOf([1, 0.967, 0.908, 0.767, 0], { ...halved, lambdaBy: 'sigma' })).toEqual([
      0.5, 0.5, 0.5, 0.5,
    ])
    // 1 - sigma of 0, 1/4, 1/2, 3/4: the third is halfway down, whatever their number.
    expect(lambdasOf([1, 0.75, 0.5, 0.25, 0.1, 0], { ...halved, lambdaBy: 'sigma' })).toEqual([
      0.5,
      0.5,
      expect.closeTo(0.25, 12),
      0,
      0,
    ])
    // 1 - sigma of 5/12 is a quarter of the way down: 0.25 (1 + cos 45 deg) = 0.4267767.
    const [, quarter] = lambdasOf([1, 7 / 12, 0], { ...halved, lambdaBy: 'sigma' })
    expect(quarter).toBeCloseTo(0.4267766952966369, 12)
  })

  test('by sigma is as by step where the levels fall in equal steps', () => {
    over(30, { lambdaBy: 'sigma' }).forEach((value, i) => {
      expect(value).toBeCloseTo(lambdas[i] as number, 12)
    })
  })

  test('is 0 after the first part of the steps', () => {
    const constant = { lambda: 0.8, lambdaSchedule: 'constant' } as const
    expect(over(5, { ...constant, lambdaUntil: 0.8 })).toEqual([0.8, 0.8, 0.8, 0.8, 0])
    expect(over(30, { ...constant, lambdaUntil: 0.8 }).filter((one) => one > 0)).toHaveLength(24)
    expect(over(4, { lambdaUntil: 0.25 })).toEqual([0.5, 0, 0, 0])
    expect(over(4, { lambdaUntil: 0 })).toEqual([0, 0, 0, 0])
    // 0.14 * 50 is 7.000000000000001 in floating point.
    expect(over(50, { ...constant, lambdaUntil: 0.14 }).filter((one) => one > 0)).toHaveLength(7)
    // A step that has begun is counted in full.
    expect(over(4, { lambdaUntil: 0.3 })).toEqual([0.5, 0.5, 0, 0])
  })
})

test('the schedule falls from 1 to 0 in equal steps', () => {
  expect(linearSchedule(4)).toEqual([1, 0.75, 0.5, 0.25, 0])
  expect(linearSchedule(1)).toEqual([1, 0])
})

test('the control of a plan is its view, and its sources at its targets', () => {
  const scene = draw('#...', '....')
  const plan = planDrags(
    scene.image,
    scene.grid,
    [drag([0, 0], [1, 2])],
    scene.mask,
    defaultPlanOptions,
  )
  const control = controlOf(plan)
  expect(control.viewTokens).toEqual([1, 2, 3, 4, 5, 0, 7])
  expect(control.viewPositions).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(control.doubleViewTokens).toEqual([0, 1, 2, 3, 4, 5, 7])
  expect(control.doubleViewPositions).toEqual([0, 1, 2, 3, 4, 5, 7])
  expect(control.aloneTokens).toHaveLength(1)
  const alone = controlOf(plan, 'alone')
  expect([alone.aloneTokens, alone.injectFrom[6], alone.injectMask]).toEqual([
    [0],
    8,
    control.injectMask,
  ])
  const everywhere = controlOf(
    planDrags(scene.image, scene.grid, [drag([0, 0], [1, 2])], scene.mask, {
      ...defaultPlanOptions,
      preBlocks: 'all',
    }),
  )
  expect(everywhere).toMatchObject({
    viewTokens: control.viewTokens,
    viewPositions: control.viewPositions,
    doubleViewTokens: [1, 2, 3, 4, 5, 0, 7],
    doubleViewPositions: [1, 2, 3, 4, 5, 6, 7],
  })
  expect([...control.injectMask]).toEqual([0, 0, 0, 0, 0, 0, 1, 0])
  expect(control.injectFrom[6]).toBe(0)
  expect(identityControl(3)).toMatchObject({
    viewTokens: [0, 1, 2],
    viewPositions: [0, 1, 2],
    doubleViewTokens: [0, 1, 2],
    doubleViewPositions: [0, 1, 2],
  })
})

describe('denoise', () => {
  const noise = Float32Array.of(1, -2)
  const clean = Float32Array.of(5, 7)
  const keep = (x: Float32Array) => x

  test('with the exact velocity ends at the clean latents, for any number of steps', async () => {
    for (const steps of [1, 3, 10]) {
      const velocity = async (x: Float32Array, sigma: number) =>
        x.map((value, i) => (value - (clean[i] as number)) / sigma)
      const x = await denoise(
        noise,
        linearSchedule(steps),
        new Array(steps).fill(0),
        velocity,
        keep,
        () => {},
      )
      expect([...x]).toEqual([expect.closeTo(5, 5), expect.closeTo(7, 5)])
    }
  })

  test('takes Euler steps, passes each sigma and lambda, and reports each step', async () => {
    const calls: number[][] = []
    const velocity = async (x: Float32Array, sigma: number, lambda: number) => {
      calls.push([x[0] as number, sigma, lambda])
      return Float32Array.of(2, 2)
    }
    const seen: number[] = []
    const estimates: number[][] = []
    const onStep = (i: number, _: Float32Array, estimate: () => Float32Array) => {
      seen.push(i)
      estimates.push([...estimate()])
    }
    const start = Float32Array.of(1, 1)
    const x = await denoise(start, [1, 0.5, 0], [0.5, 0.25], velocity, keep, onStep)
    // x - sigma v: from 0 at sigma 0.5 with velocity 2, and then the final latents.
    expect(estimates).toEqual([
      [-1, -1],
      [-1, -1],
    ])
    expect(calls).toEqual([
      [1, 1, 0.5],
      [0, 0.5, 0.25],
    ])
    expect([...x]).toEqual([-1, -1])
    expect(seen).toEqual([0, 1])
  })

  test('guided goes beyond the positive velocity, away from the negative one', async () => {
    const velocity = guided(
      async () => Float32Array.of(3, 1),
      async () => Float32Array.of(1, 2),
      2.5,
    )
    expect([...(await velocity(noise, 1, 0))]).toEqual([6, -0.5])
  })

  test('switched changes its velocity where the noise level is reached', async () => {
    const velocity = switched(
      async () => Float32Array.of(1),
      async () => Float32Array.of(2),
      0.5,
    )
    const at = async (sigma: number) => [...(await velocity(noise, sigma, 0))]
    expect(await Promise.all([at(1), at(0.6), at(0.5), at(0.1)])).toEqual([[1], [1], [2], [2]])
  })

  test('blendOutside keeps tokens outside the region on (1 - sigma) x0 + sigma noise', () => {
    const blend = blendOutside(Float32Array.of(10, 20, 30, 40), Float32Array.of(1, 2, 3, 4), [1], 2)
    expect([...blend(Float32Array.of(0, 0, 0, 0), 0.25)]).toEqual([7.75, 15.5, 0, 0])
    expect([...blend(Float32Array.of(9, 9, 9, 9), 0)]).toEqual([10, 20, 9, 9])
  })
})
