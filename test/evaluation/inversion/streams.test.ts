/**
 * The two ways in which inversion uses a backbone, on FLUX.1 with small random weights, against its forward
 * pass in dense float64 loops: without a reference, and beside reference tokens at the target's positions.
 */

import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withoutReference } from '../../../evaluation/inversion/without-reference.ts'
import type { OpenBackbone } from '../../../gpu-worker/backbones/family.ts'
import { openFlux1 } from '../../../gpu-worker/backbones/flux1/backbone.ts'
import { Flux1Config } from '../../../gpu-worker/backbones/flux1/config.ts'
import {
  guidanceFeatures,
  timeFeatures,
} from '../../../gpu-worker/backbones/parts/sequence/time-features.ts'
import { openComponent } from '../../../gpu-worker/checkpoint/layout.ts'
import { floats } from '../../../gpu-worker/onnx/tensor.ts'
import { identityControl, type Streams, wholeStreams } from '../../../gpu-worker/sampler/control.ts'
import type { VelocityBeside } from '../../../gpu-worker/sampler/editing-strategy.ts'
import { linearSchedule } from '../../../gpu-worker/sampler/schedule.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'
import { relativeError } from '../../fixtures/graphs.ts'
import {
  type NaiveInputs,
  naiveFlux1,
  type Rows,
} from '../../gpu-worker/backbones/flux1/naive-flux1.ts'
import { naiveWeights } from '../../gpu-worker/backbones/flux1/naive-weights.ts'

const golden = fileURLToPath(new URL('../../fixtures/golden/', import.meta.url))
const grid = { rows: 3, cols: 5 }
const [tokens, features, words, sigma] = [15, 16, 4, 0.6]
const random = randomNumbers(7)
const matrix = (rows: number, cols: number): Rows =>
  Array.from({ length: rows }, () => Array.from({ length: cols }, () => 2 * random() - 1))
const flat = (rows: Rows) => Float32Array.from(rows.flat())

const text = matrix(words, 32)
const pooled = matrix(1, 24)
const latents = matrix(tokens, features)
const photo = matrix(tokens, features)
const conditioning = { tokens: floats(flat(text), words, 32), pooled: floats(flat(pooled), 1, 24) }
const idOf = (token: number) => [0, Math.floor(token / grid.cols), token % grid.cols]
const ids = Array.from({ length: tokens }, (_, token) => idOf(token))

let backbone: OpenBackbone
let config: Flux1Config
let naive: (change: Partial<NaiveInputs>, guidance: number) => number[]
beforeAll(async () => {
  const transformer = await openComponent(`${golden}flux1`)
  config = Flux1Config.parse(transformer.config)
  const weights = await naiveWeights(`${golden}flux1`)
  const parts = {
    transformer,
    autoencoder: await openComponent(`${golden}kl`),
    compute: 'F32' as const,
    text: { encode: async () => conditioning, close: async () => {} },
    schedule: linearSchedule,
  }
  backbone = await openFlux1(parts, { provider: 'cpu', threads: 1 })
  naive = (change, guidance) =>
    naiveFlux1(config, weights, {
      latents,
      reference: [],
      text,
      pooled: pooled[0] as number[],
      timeFeatures: [...timeFeatures(sigma, 'F32')],
      guidanceFeatures: [...guidanceFeatures(guidance, 'F32')],
      textIds: text.map(() => [0, 0, 0]),
      targetIds: ids,
      referenceIds: [],
      view: [],
      doubleView: [],
      injectFrom: new Array(tokens).fill(0),
      injectWeight: new Array(tokens).fill(0),
      ...change,
    }).flat()
})
afterAll(() => backbone.close())

const velocityBeside: VelocityBeside = (beside, steering) =>
  backbone.velocity({ grid, ...beside, guidance: steering === 'none' ? 1 : 3, conditioning })

describe('without a reference', () => {
  test('the picture’s tokens see each other and the text only, all as targets', async () => {
    const velocity = withoutReference(velocityBeside, tokens)
    const wanted = naive({}, 1)
    expect(relativeError(await velocity(flat(latents), sigma), wanted)).toBeLessThan(1e-5)
  })
})

describe('beside a noisy photo', () => {
  const plain = identityControl(tokens)
  const amid: Streams = { ...wholeStreams(tokens), positions: 'target' }
  const beside = (streams = amid) =>
    velocityBeside({ reference: flat(photo), control, streams }, 'asked')(flat(latents), sigma, 0.8)
  /** Token 3 is seen at the places of 8 and 9, 5 where it is; 3 is injected at 8. */
  const control = {
    ...plain,
    viewTokens: [3, 3, 5],
    viewPositions: [8, 9, 5],
    doubleViewTokens: [0, 5],
    doubleViewPositions: [0, 5],
    injectFrom: plain.injectFrom.map((_, token) => (token === 8 ? 3 : 0)),
    injectMask: plain.injectMask.map((_, token) => (token === 8 ? 1 : 0)),
  }
  const seen = {
    reference: photo,
    referenceIds: ids,
    view: [
      { token: 3, ids: idOf(8) },
      { token: 3, ids: idOf(9) },
      { token: 5, ids: idOf(5) },
    ],
    doubleView: [0, 5],
    injectFrom: ids.map((_, token) => (token === 8 ? 3 : 0)),
    injectWeight: ids.map((_, token) => (token === 8 ? 0.8 : 0)),
  }

  test('its tokens have the target’s positions, moved ones those of their targets', async () => {
    expect(relativeError(await beside(), naive(seen, 3))).toBeLessThan(1e-5)
  })

  test('a reference of an edit has positions of its own', async () => {
    const apart = (id: number[]) => [1, ...id.slice(1)]
    const own = { ...seen, referenceIds: ids.map(apart) }
    const view = seen.view.map(({ token, ids: id }) => ({ token, ids: apart(id) }))
    const wanted = naive({ ...own, view }, 3)
    expect(relativeError(await beside(wholeStreams(tokens)), wanted)).toBeLessThan(1e-5)
    expect(relativeError(await beside(), wanted)).toBeGreaterThan(1e-3)
  })
})
