/**
 * The test oracle: the computed checkpoint in the real graph, on raw latents, without latent blend
 * and without composite. Its results are known in closed form, and every bug of control that can be
 * simulated through the inputs must break one of those forms.
 */

import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { embeddedCheckpoint } from '../../../../gpu-worker/backbones/embedded/checkpoint.ts'
import { EMBEDDED_REVISION } from '../../../../gpu-worker/backbones/embedded/folder.ts'
import { inverseTime, silu } from '../../../../gpu-worker/backbones/embedded/inverse-time.ts'
import type { OpenBackbone } from '../../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { writeSafetensors } from '../../../../gpu-worker/checkpoint/safetensors.ts'
import { type Control, controlOf, identityControl } from '../../../../gpu-worker/sampler/control.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import { lambdasOf, linearSchedule } from '../../../../gpu-worker/sampler/schedule.ts'
import type { Drag } from '../../../../shared/drag.ts'
import { type DragPlan, defaultPlanOptions, planDrags } from '../../../../shared/geometry/plan.ts'
import { drag, draw } from '../../../fixtures/drawing.ts'
import { maxDifference } from '../../../fixtures/graphs.ts'
import { features, sample } from './sample.ts'

const TOLERANCE = 1e-3
const cache = join(tmpdir(), 'contextdrag-test-checkpoints')
let backbone: OpenBackbone
let fast: OpenBackbone

beforeAll(async () => {
  backbone = await openBackbone('embedded', { cache }, { provider: 'cpu', threads: 1 })
  fast = await openBackbone('embedded-fast', { cache }, { provider: 'cpu', threads: 1 })
})
afterAll(() => Promise.all([backbone.close(), fast.close()]))

const referenceLatents = (tokens: number, model: OpenBackbone) =>
  gaussianNoise(77, tokens * features(model)).map((value) => 0.55 * value)

describe('without control it returns the reference, for any noise', () => {
  const grid = { rows: 12, cols: 16 }
  test.each([1, 2, 4, 8])('%d steps', async (steps) => {
    for (const model of [backbone, fast]) {
      const reference = referenceLatents(192, model)
      for (const seed of [1, 2 ** 33 + 5]) {
        const { latents } = await sample(
          model,
          grid,
          reference,
          identityControl(192),
          new Array(steps).fill(0.5),
          seed,
        )
        expect(maxDifference(latents, reference)).toBeLessThanOrEqual(TOLERANCE)
      }
    }
  })
})

const block = [
  '................',
  '..###...........',
  '..###...........',
  '..###...........',
  '................',
  '................',
  '................',
  '................',
]
const scenes: Record<string, { scene: ReturnType<typeof draw>; drags: Drag[] }> = {
  move: { scene: draw(...block), drags: [drag([2, 3], [5, 10])] },
  overlap: { scene: draw(...block), drags: [drag([2, 3], [3, 5])] },
  stretch: {
    scene: draw('................', '..####..........', '..####..........', '................'),
    drags: [drag([1, 2], [1, 2]), drag([1, 5], [1, 12])],
  },
  shrink: {
    scene: draw('................', '..##########....', '..##########....', '................'),
    drags: [drag([1, 2], [1, 5]), drag([1, 11], [1, 8])],
  },
}

type Form = 'CTI' | 'PRE' | 'PRE+OAM'
const forms: Record<Form, { pre: boolean; oam: boolean }> = {
  CTI: { pre: false, oam: false },
  PRE: { pre: true, oam: false },
  'PRE+OAM': { pre: true, oam: true },
}

function planOf(name: string, form: Form): DragPlan {
  const { scene, drags } = scenes[name] as (typeof scenes)[string]
  return planDrags(scene.image, scene.grid, drags, scene.mask, {
    ...defaultPlanOptions,
    ...forms[form],
  })
}

/** Largest error against the closed form; vacated tokens without a key are filled and have none. */
function errorOf(
  latents: Float32Array,
  plan: DragPlan,
  form: Form,
  lambda: number,
  reference: Float32Array,
  width: number,
): number {
  const sourceOf = new Map(plan.targets.map((target, i) => [target, plan.sources[i] as number]))
  const inSource = new Set(plan.sourceMask)
  const wanted = Float64Array.from(latents)
  for (let token = 0; token < plan.grid.rows * plan.grid.cols; token++) {
    const from = sourceOf.get(token)
    if (from === undefined && inSource.has(token) && form !== 'CTI') continue
    for (let k = 0; k < width; k++) {
      const b = reference[token * width + k] as number
      const p = reference[(from ?? token) * width + k] as number
      const own = form === 'CTI' ? b : form === 'PRE+OAM' || inSource.has(token) ? p : (p + b) / 2
      wanted[token * width + k] = from === undefined ? b : lambda * p + (1 - lambda) * own
    }
  }
  return maxDifference(latents, wanted)
}

async function error(
  name: string,
  form: Form,
  lambda: number,
  bend: (control: Control, plan: DragPlan) => Control = (control) => control,
) {
  const plan = planOf(name, form)
  const reference = referenceLatents(plan.grid.rows * plan.grid.cols, backbone)
  const { latents } = await sample(backbone, plan.grid, reference, bend(controlOf(plan), plan), [
    lambda,
    lambda,
  ])
  return errorOf(latents, plan, form, lambda, reference, features(backbone))
}

describe('closed forms of the drag', () => {
  const cases = Object.keys(scenes).flatMap((name) =>
    (Object.keys(forms) as Form[]).flatMap((form) =>
      [0.3, 0.7].map((lambda) => [name, form, lambda] as const),
    ),
  )
  test.each(cases)('%s, %s, lambda %d', async (name, form, lambda) => {
    expect(await error(name, form, lambda)).toBeLessThanOrEqual(TOLERANCE)
  })

  test('the fast backbone too', async () => {
    const plan = planOf('stretch', 'PRE+OAM')
    const reference = referenceLatents(plan.grid.rows * plan.grid.cols, fast)
    const { latents } = await sample(fast, plan.grid, reference, controlOf(plan), [0.5, 0.5])
    expect(errorOf(latents, plan, 'PRE+OAM', 0.5, reference, features(fast))).toBeLessThanOrEqual(
      TOLERANCE,
    )
  })

  test("lambda follows its schedule: the x0 prediction of each of six steps is that step's mix", async () => {
    const plan = planOf('overlap', 'CTI')
    const reference = referenceLatents(plan.grid.rows * plan.grid.cols, backbone)
    const lambdas = lambdasOf(linearSchedule(6), {
      lambda: 0.5,
      lambdaSchedule: 'cosine',
      lambdaBy: 'step',
      lambdaUntil: 1,
    })
    expect(lambdas).toEqual([0.5, 0.5, 0.5, expect.closeTo(0.25, 12), 0, 0])
    const { predictions } = await sample(backbone, plan.grid, reference, controlOf(plan), lambdas)
    predictions.forEach((prediction, i) => {
      expect(
        errorOf(prediction, plan, 'CTI', lambdas[i] as number, reference, features(backbone)),
      ).toBeLessThanOrEqual(TOLERANCE)
    })
  })

  test('vacated tokens are filled smoothly from the found tokens around them', async () => {
    const plan = planOf('move', 'PRE+OAM')
    const width = features(backbone)
    // A flat picture with a spike in the moved block: the vacated tokens must be flat.
    const reference = new Float32Array(plan.grid.rows * plan.grid.cols * width)
    for (let token = 0; token < reference.length / width; token++)
      reference.fill(0.4, token * width, token * width + 4)
    for (const token of plan.sourceMask) reference.fill(-2, token * width, token * width + 4)
    const { latents } = await sample(backbone, plan.grid, reference, controlOf(plan), [0.5, 0.5])
    const hole = plan.sourceMask.filter((token) => !plan.targets.includes(token))
    for (const token of hole) expect(latents[token * width]).toBeGreaterThan(0.3)
  })
})

describe('bugs of control each break a closed form', () => {
  const BROKEN = 0.1
  const moved = (
    control: Control,
    change: (position: number, token: number) => number,
  ): Control => ({
    ...control,
    viewPositions: control.viewPositions.map((position, i) => {
      const token = control.viewTokens[i] as number
      return position === token ? position : change(position, token)
    }),
  })
  const keepPairs = (
    control: Control,
    keep: (token: number, position: number) => boolean,
  ): Control => {
    const kept = control.viewTokens.map((token, i) =>
      keep(token, control.viewPositions[i] as number),
    )
    return {
      ...control,
      viewTokens: control.viewTokens.filter((_, i) => kept[i]),
      viewPositions: control.viewPositions.filter((_, i) => kept[i]),
    }
  }
  const transposed = (index: number, { rows, cols }: DragPlan['grid']) =>
    ((index % cols) * rows + Math.floor(index / cols)) % (rows * cols)

  const bugs: [string, string, Form, (control: Control, plan: DragPlan) => Control][] = [
    [
      'x and y swapped in re-encoding',
      'overlap',
      'PRE+OAM',
      (c, { grid }) => moved(c, (q) => (q % grid.cols) * grid.cols + Math.floor(q / grid.cols)),
    ],
    ['re-encoded one token off', 'overlap', 'PRE', (c) => moved(c, (q) => q + 1)],
    [
      'the displacement with the wrong sign',
      'move',
      'PRE+OAM',
      (c) => moved(c, (q, p) => Math.max(0, 2 * p - q)),
    ],
    [
      'OAM missing',
      'move',
      'PRE+OAM',
      (c) => ({
        ...c,
        ...(() => {
          const { view } = planOf('move', 'PRE')
          return { viewTokens: view.tokens, viewPositions: view.positions }
        })(),
      }),
    ],
    [
      'OAM inverted',
      'overlap',
      'PRE+OAM',
      (c, plan) =>
        keepPairs(c, (token) => plan.targets.includes(token) && !plan.sourceMask.includes(token)),
    ],
    [
      'OAM takes all of M_DST',
      'overlap',
      'PRE+OAM',
      (c, plan) => keepPairs(c, (token) => !plan.targets.includes(token)),
    ],
    [
      'CTI with source and destination swapped',
      'overlap',
      'CTI',
      (c, plan) => {
        const injectFrom = new Int32Array(c.injectFrom.length)
        const injectMask = new Float32Array(c.injectMask.length)
        plan.sources.forEach((source, i) => {
          injectFrom[source] = plan.targets[i] as number
          injectMask[source] = 1
        })
        return { ...c, injectFrom, injectMask }
      },
    ],
    [
      'CTI with a transposed index',
      'overlap',
      'CTI',
      (c, { grid }) => ({ ...c, injectFrom: c.injectFrom.map((index) => transposed(index, grid)) }),
    ],
    ['CTI everywhere', 'overlap', 'CTI', (c) => ({ ...c, injectMask: c.injectMask.map(() => 1) })],
    ['CTI missing', 'overlap', 'CTI', (c) => ({ ...c, injectMask: c.injectMask.map(() => 0) })],
  ]
  test.each(bugs)('%s', async (_, scene, form, bend) => {
    expect(await error(scene, form, 0.3)).toBeLessThanOrEqual(TOLERANCE)
    expect(await error(scene, form, 0.3, bend)).toBeGreaterThan(BROKEN)
  })
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
