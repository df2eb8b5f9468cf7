/**
 * The strategy on a backbone of one line, whose velocity is known: what it begins with, what it sees at each
 * level, and where it ends.
 */

import { describe, expect, test } from 'vitest'
import {
  inversion,
  inversionSettings,
  movedLatents,
} from '../../../evaluation/inversion/inversion.ts'
import { uniInv } from '../../../evaluation/inversion/uni-inv.ts'
import { denoise } from '../../../gpu-worker/sampler/denoise.ts'
import type { Beside, VelocityBeside } from '../../../gpu-worker/sampler/editing-strategy.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import { lambdasOf, linearSchedule } from '../../../gpu-worker/sampler/schedule.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { type DragPlan, planDrags } from '../../../shared/geometry/plan.ts'
import { drag, draw } from '../../fixtures/drawing.ts'
import { maxDifference } from '../../fixtures/graphs.ts'
import { settingsOf } from '../../fixtures/settings.ts'

const FEATURES = 4
const { image, grid, mask } = draw('........', '.##.....', '.##.....', '........')
const drags = [drag([1, 1], [1, 4])]
/** Tokens 9, 10, 17 and 18 move by three columns. */
const plan: DragPlan = planDrags(image, grid, drags, mask)
const TOKENS = 32
const photo = gaussianNoise(11, TOKENS * FEATURES)
const noise = gaussianNoise(42, TOKENS * FEATURES)
const rowsOf = (x: Float32Array, tokens: readonly number[]) =>
  tokens.map((token) => [...x.subarray(token * FEATURES, (token + 1) * FEATURES)])
/** The one-line backbone: it shrinks to noise of its own, whatever stands beside it. */
const shrinking = (x: Float32Array) => x.map((value) => -0.5 * value)

type Seen = Beside & { readonly sigma: number; readonly lambda: number; readonly steering: string }

function inputsOf(settings: Readonly<Record<string, unknown>> = {}, region = plan.editRegion) {
  const asked = settingsOf({ drags, model: 'flux1-kontext-dev', ...inversionSettings, ...settings })
  const { sampler } = resolveSettings(asked, () => 42)
  const seen: Seen[] = []
  const velocityBeside: VelocityBeside = (beside, steering) => async (x, sigma, lambda) => {
    seen.push({ ...beside, sigma, lambda, steering })
    return shrinking(x)
  }
  const sigmas = linearSchedule(sampler.steps)
  const inputs = { plan, region, reference: photo, noise, sigmas, sampler, velocityBeside }
  const run = async () => {
    const { start, velocity, afterStep } = await inversion(inputs)
    const levels: Float32Array[] = [start]
    await denoise(start, sigmas, lambdasOf(sigmas, sampler), velocity, afterStep, (_, x) => {
      levels.push(x)
    })
    return levels
  }
  const trajectory = () => uniInv(photo, sigmas.toReversed(), async (x) => shrinking(x))
  return { run, seen, sigmas, trajectory }
}

describe('it begins', () => {
  test('with the photo’s noise, moved by M_DST, and new noise where it has left', async () => {
    const { run, trajectory } = inputsOf()
    const inverted = (await trajectory()).at(-1) as Float32Array
    const start = (await run())[0] as Float32Array
    expect(plan.targets).toEqual([12, 13, 20, 21])
    expect(rowsOf(start, [12, 13, 20, 21])).toEqual(rowsOf(inverted, [9, 10, 17, 18]))
    expect(rowsOf(start, [9, 10, 17, 18])).toEqual(rowsOf(noise, [9, 10, 17, 18]))
    const rest = Array.from({ length: TOKENS }, (_, i) => i).filter(
      (token) => ![9, 10, 17, 18, 12, 13, 20, 21].includes(token),
    )
    expect(rowsOf(start, rest)).toEqual(rowsOf(inverted, rest))
  })

  test('with the inversion of 50 steps, without guidance, a half of the tokens at a time', async () => {
    const { run, seen } = inputsOf()
    await run()
    const inverted = seen.filter(({ steering }) => steering === 'none')
    expect(inverted.map(({ sigma }) => sigma)).toEqual(
      linearSchedule(50)
        .toReversed()
        .flatMap((sigma) => [sigma, sigma]),
    )
    const halves = inverted.slice(0, 2).map(({ streams }) => streams)
    const [low, high] = [halves[0]?.target, halves[1]?.target]
    expect([...(low ?? []), ...(high ?? [])]).toEqual(Array.from({ length: TOKENS }, (_, i) => i))
    expect(halves.map((streams) => streams?.reference)).toEqual([high, low])
  })

  test.each([1, 0.6, 0.25])('at level %d, with noise whose variance is its square', (sigma) => {
    const [count, features] = [4096, 8]
    const still = {
      sourceMask: Array.from({ length: count }, (_, i) => i),
      targets: [],
      sources: [],
    }
    const [source, drawn] = [5, 6].map((seed) => gaussianNoise(seed, count * features))
    const filled = movedLatents(
      source as Float32Array,
      drawn as Float32Array,
      sigma,
      still,
      features,
    )
    const mean = (of: (value: number, i: number) => number) =>
      filled.reduce((sum, value, i) => sum + of(value, i), 0) / filled.length
    // Five standard errors of 32,768 values: 5 / 181 of the level, and sqrt(2) of that for a square.
    expect(Math.abs(mean((value) => value))).toBeLessThan(0.028 * sigma)
    expect(Math.abs(mean((value) => value ** 2) - sigma ** 2)).toBeLessThan(0.04 * sigma ** 2)
    // Nothing of the photo is left in it.
    const along = mean((value, i) => value * ((source as Float32Array)[i] as number))
    expect(Math.abs(along)).toBeLessThan(0.028 * sigma)
  })
})

describe('on the way', () => {
  test('it sees the inverted photo of the same level, at the target’s positions, under the plan', async () => {
    const { run, seen, sigmas, trajectory } = inputsOf()
    await run()
    const levels = (await trajectory()).toReversed()
    const steps = seen.filter(({ steering }) => steering === 'asked')
    expect(steps.map(({ sigma }) => sigma)).toEqual(sigmas.slice(0, -1))
    steps.forEach(({ reference, streams, control }, i) => {
      expect(reference).toEqual(levels[i])
      expect(streams?.positions).toBe('target')
      expect(control.viewTokens).toEqual(plan.view.tokens)
      expect([control.injectFrom[12], control.injectMask[12], control.injectMask[0]]).toEqual([
        9, 1, 0,
      ])
    })
    // The clean photo is not among them.
    expect(steps.some(({ reference }) => maxDifference(reference, photo) === 0)).toBe(false)
  })

  test('it injects by 0.8 in the first 40 of 50 steps, and then not at all', async () => {
    const { run, seen } = inputsOf()
    await run()
    const lambdas = seen.flatMap(({ steering, lambda }) => (steering === 'asked' ? [lambda] : []))
    expect(lambdas).toEqual([...new Array(40).fill(0.8), ...new Array(10).fill(0)])
  })

  test('what lies outside the region follows the inversion, and ends on the photo', async () => {
    const { run, trajectory } = inputsOf({ steps: 4 }, [12])
    const levels = await run()
    const wanted = (await trajectory()).toReversed()
    levels.slice(1).forEach((x, i) => {
      expect(rowsOf(x, [0, 11, 31])).toEqual(rowsOf(wanted[i + 1] as Float32Array, [0, 11, 31]))
      expect(rowsOf(x, [12])).not.toEqual(rowsOf(wanted[i + 1] as Float32Array, [12]))
    })
    expect(rowsOf(levels.at(-1) as Float32Array, [0, 11, 31])).toEqual(rowsOf(photo, [0, 11, 31]))
  })

  test('without latentBlend it goes where the steps lead', async () => {
    const { run } = inputsOf({ steps: 4, latentBlend: false }, [12])
    const levels = await run()
    // h = 1/4: a step down multiplies by 1 + 1/8.
    const first = [...(levels[0] as Float32Array)].map((value) => value * 1.125)
    expect(maxDifference(levels[1] as Float32Array, first)).toBeLessThan(1e-6)
  })
})

describe('it ends', () => {
  test('on the photo’s own tokens where they have moved, up to the square of the step', async () => {
    const missed = async (steps: number) => {
      const last = (await inputsOf({ steps }).run()).at(-1) as Float32Array
      return maxDifference(rowsOf(last, [12, 20]).flat(), rowsOf(photo, [9, 17]).flat())
    }
    const errors = [await missed(25), await missed(50)] as const
    expect(errors[1]).toBeLessThan(2e-4)
    expect(errors[0] / errors[1]).toBeGreaterThan(3.5)
  })

  test('with the same seed at the same latents', async () => {
    expect(await inputsOf().run()).toEqual(await inputsOf().run())
  })
})
