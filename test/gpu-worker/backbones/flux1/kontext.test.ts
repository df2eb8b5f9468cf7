/**
 * FLUX.1-Kontext's whole path, text included, with random weights: the result has no meaning, but
 * the code runs as with the real checkpoint.
 */

import { tmpdir } from 'node:os'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flux1 } from '../../../../gpu-worker/backbones/flux1/family.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../../../gpu-worker/edit.ts'
import { resolveSettings } from '../../../../shared/edit/resolve-settings.ts'
import { workOf } from '../../../../shared/edit/work.ts'
import { kontextCheckpoint } from '../../../fixtures/checkpoint.ts'
import { readSample } from '../../../fixtures/pictures.ts'
import { settingsOf } from '../../../fixtures/settings.ts'
import { sized } from '../../../size.ts'

let backbone: Awaited<ReturnType<typeof flux1.open>>
beforeAll(async () => {
  backbone = await flux1.open(await kontextCheckpoint(), {
    provider: 'cpu',
    threads: 1,
    // As on a machine with little memory: nothing stays loaded.
    keepLoaded: [],
    decodeTile: 96,
  })
})
afterAll(() => backbone.close())

test('the schedule is shifted by the length of the sequence', () => {
  const sigmas = backbone.schedule(28, 4096)
  // The first steps of FluxKontextPipeline at 1024 x 1024.
  expect(sigmas.slice(0, 3)).toEqual([1, expect.closeTo(0.988409, 6), expect.closeTo(0.976222, 6)])
})

describe('the conditioning', () => {
  const photo = { width: 0, height: 0, pixels: new Float32Array(0) }
  test('is 512 states of T5 and one of CLIP, also for an empty prompt, and is cached', async () => {
    const empty = await backbone.condition({ prompt: '', photo })
    expect([empty.tokens.dims, empty.pooled.dims]).toEqual([
      [512, 32],
      [1, 24],
    ])
    expect(await backbone.condition({ prompt: '', photo })).toBe(empty)
    const other = await backbone.condition({ prompt: 'make it larger', photo })
    expect(other.pooled.data).not.toEqual(empty.pooled.data)
    expect(other.tokens.data).not.toEqual(empty.tokens.data)
  })
})

describe('an edit', () => {
  /** A trained size takes most of a minute; a quarter of its pixels runs the same code. */
  const isTrained = sized(0, 1) === 1

  /** Of the ladybird, in one step. */
  async function edit(prompt: string) {
    const sample = await readSample('ladybird')
    const settings = settingsOf({
      drags: sample.drags,
      model: 'flux1-kontext-dev',
      steps: 1,
      seed: 3,
      prompt,
    })
    const model = isTrained ? settings.model : 'embedded-fast'
    const planned = await workOf(sample.size, { ...settings, model }, sample.mask)
    const { sampler } = resolveSettings(settings, () => 3)
    expect(sampler.guidance).toBe(3)
    const job = { photo: sample.photo, photoSize: sample.size, ...planned, sampler }
    const side = isTrained ? 1024 : 512
    expect(planned.workingSize).toEqual({ width: side, height: side })
    return editPhoto(job, backbone, () => {}, new AbortController().signal)
  }

  test('runs from photo to result, and the prompt changes the result', async () => {
    const one = await edit('a red ladybird')
    const other = await edit('a blue ladybird')
    const written = { format: 'png', width: 640, height: 640 }
    expect(await sharp(one.bytes).metadata()).toMatchObject(written)
    expect(Buffer.compare(one.bytes, other.bytes)).not.toBe(0)
  }, 180_000)
})

test('without its checkpoint the backbone is unavailable', async () => {
  const load = openBackbone('flux1-kontext-dev', { cache: tmpdir() }, { provider: 'cpu' })
  await expect(load).rejects.toMatchObject({ code: 'model_unavailable' })
})
