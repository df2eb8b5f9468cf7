/** Without a reference, every family is a transformer of the picture’s tokens, however they are shared out. */

import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { withoutReference } from '../../../evaluation/inversion/without-reference.ts'
import type { OpenBackbone } from '../../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../../gpu-worker/backbones/registry.ts'
import { plainControl } from '../../../gpu-worker/sampler/control.ts'
import type { VelocityBeside } from '../../../gpu-worker/sampler/editing-strategy.ts'
import { relativeError } from '../../fixtures/graphs.ts'

const grid = { rows: 4, cols: 6 }
const tokens = 24
const photo = { width: 96, height: 64, pixels: new Float32Array(3 * 96 * 64).fill(0.25) }
const opened: OpenBackbone[] = []
afterAll(() => Promise.all(opened.map((backbone) => backbone.close())))

test.each([
  ['flux2-klein-4b', 'klein'],
  ['longcat-image-edit', 'longcat-edit'],
] as const)('%s', async (model, folder) => {
  const checkpoint = fileURLToPath(new URL(`../../fixtures/golden/${folder}`, import.meta.url))
  const location = { checkpoint, cache: '/nowhere' }
  const backbone = await openBackbone(model, location, { provider: 'cpu', threads: 1 })
  opened.push(backbone)
  const conditioning = await backbone.condition({ prompt: 'a red barn', photo })
  const velocityBeside: VelocityBeside = (beside) =>
    backbone.velocity({ grid, ...beside, guidance: null, conditioning })
  const x = backbone.noise(3, grid)
  const features = x.length / tokens
  const rowsOf = (from: Float32Array, rows: readonly number[]) =>
    Float32Array.from(
      rows.flatMap((row) => [...from.subarray(row * features, (row + 1) * features)]),
    )
  const whole = await withoutReference(velocityBeside, tokens)(x, 0.4)
  // Every third token by itself, the others in its reference's rows.
  const all = Array.from({ length: tokens }, (_, token) => token)
  const target = all.filter((token) => token % 3 === 1)
  const reference = all.filter((token) => token % 3 !== 1)
  const control = plainControl(target.length, reference)
  const split = (positions: 'target' | 'reference') =>
    velocityBeside(
      { reference: rowsOf(x, reference), control, streams: { target, reference, positions } },
      'none',
    )(rowsOf(x, target), 0.4, 0)
  expect(relativeError(await split('target'), rowsOf(whole, target))).toBeLessThan(2e-5)
  expect(relativeError(await split('reference'), rowsOf(whole, target))).toBeGreaterThan(1e-3)
})
