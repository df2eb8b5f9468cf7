/**
 * Uni-Inv against closed forms: on `v = a x` a step and its way back are polynomials that can be worked out by
 * hand, and on smooth fields the error of a round trip falls by a power of the step that can be counted.
 */

import { describe, expect, test } from 'vitest'
import { type PlainVelocity, uniInv } from '../../../evaluation/inversion/uni-inv.ts'
import { denoise } from '../../../gpu-worker/sampler/denoise.ts'
import { linearSchedule, shiftedSchedule } from '../../../gpu-worker/sampler/schedule.ts'
import { maxDifference } from '../../fixtures/graphs.ts'

/** Euler's steps down, as every edit takes them. */
const down = (x: Float32Array, sigmas: readonly number[], velocity: PlainVelocity) =>
  denoise(
    x,
    sigmas,
    sigmas.map(() => 0),
    velocity,
    (latents) => latents,
    () => {},
  )

/** The usual inversion: the same steps, up. */
const eulerUp = (x: Float32Array, sigmas: readonly number[], velocity: PlainVelocity) =>
  down(x, sigmas.toReversed(), velocity)

const last = (trajectory: readonly Float32Array[]) => trajectory.at(-1) as Float32Array
const grows: PlainVelocity = async (x) => x.map((value) => 0.5 * value)

describe('on v = a x', () => {
  test('a step up is 1 + a h + (a h)^2, and the way back misses by (a h)^3', async () => {
    const up = last(await uniInv(Float32Array.of(1), [0, 1], grows))
    expect([...up]).toEqual([1 + 0.5 + 0.25])
    expect([...(await down(up, [1, 0], grows))]).toEqual([1 - 0.125])
    // The usual inversion misses by the square.
    const usual = await eulerUp(Float32Array.of(1), [1, 0], grows)
    expect([...(await down(usual, [1, 0], grows))]).toEqual([1 - 0.25])
  })

  test('the second step is guessed with the velocity of the first', async () => {
    // h = 1/2, a h = 1/4: x1 = 21/16, v1 = a 5/4 = 5/8; guess 21/16 + 5/16 = 26/16, v2 = 13/16; x2 = 55/32.
    const trajectory = await uniInv(Float32Array.of(1), [0, 0.5, 1], grows)
    expect(trajectory.map(([value]) => value)).toEqual([1, 21 / 16, 55 / 32])
  })

  test('it takes a velocity for each level, each at its level', async () => {
    const levels: number[] = []
    const counted: PlainVelocity = (x, sigma) => {
      levels.push(sigma)
      return grows(x, sigma)
    }
    await uniInv(Float32Array.of(1), [0, 0.25, 1], counted)
    expect(levels).toEqual([0, 0.25, 1])
  })
})

test('straight ways come back exactly', async () => {
  // Powers of two: no rounding.
  const straight: PlainVelocity = async (x) => x.map((_, i) => (i === 0 ? 0.5 : -2))
  const sigmas = linearSchedule(8)
  const up = last(await uniInv(Float32Array.of(0.25, 3), sigmas.toReversed(), straight))
  expect([...up]).toEqual([0.75, 1])
  expect([...(await down(up, sigmas, straight))]).toEqual([0.25, 3])
})

describe('on a field that turns and grows with the level', () => {
  const turning: PlainVelocity = async ([x = 0, y = 0], sigma) => {
    const rate = 1 + sigma
    return Float32Array.of(rate * (0.4 * x - y), rate * (x + 0.4 * y))
  }
  const start = Float32Array.of(1, -0.5)
  type Inversion = (sigmas: readonly number[]) => Promise<Float32Array>
  const corrected: Inversion = async (sigmas) =>
    last(await uniInv(start, sigmas.toReversed(), turning))
  const usual: Inversion = (sigmas) => eulerUp(start, sigmas, turning)
  const missed = async (invert: Inversion, sigmas: readonly number[]) =>
    maxDifference(await down(await invert(sigmas), sigmas, turning), start)

  test.each([
    ['equal steps', linearSchedule],
    ['steps of a shifted schedule', (steps: number) => shiftedSchedule(steps, 1.15)],
  ])(
    'halved steps quarter what a round trip misses, with %s; the usual way halves it',
    async (_, schedule) => {
      const order = async (invert: Inversion) =>
        Math.log2((await missed(invert, schedule(32))) / (await missed(invert, schedule(64))))
      expect(await order(corrected)).toBeGreaterThan(1.8)
      expect(await order(corrected)).toBeLessThan(2.2)
      expect(await order(usual)).toBeGreaterThan(0.8)
      expect(await order(usual)).toBeLessThan(1.2)
    },
  )

  test('with the paper’s 50 steps it misses by less than a tenth of what the usual way misses by', async () => {
    const sigmas = linearSchedule(50)
    expect(await missed(corrected, sigmas)).toBeLessThan(0.1 * (await missed(usual, sigmas)))
  })

  test('it arrives where the field leads, in the limit', async () => {
    // v = r(s) A x: x(1) = exp(A R) x(0), R = the integral of 1 + s over [0, 1] = 3/2; A turns by 1 and
    // grows by 0.4 per unit.
    const [x = 0, y = 0] = start
    const [grown, cos, sin] = [Math.exp(0.6), Math.cos(1.5), Math.sin(1.5)]
    const exact = [grown * (cos * x - sin * y), grown * (sin * x + cos * y)]
    const away = async (steps: number) =>
      maxDifference(await corrected(linearSchedule(steps)), exact)
    expect(await away(2048)).toBeLessThan(2e-3)
    // Its own error is Euler's: it inverts Euler's steps, not the field.
    expect((await away(64)) / (await away(128))).toBeCloseTo(2, 0)
  })
})
