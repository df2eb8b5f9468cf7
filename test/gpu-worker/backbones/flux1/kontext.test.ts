/**
 * FLUX.1-Kontext's whole path, text included, with random weights: the result has no meaning, but
 * the code runs as with the real checkpoint.
 */

import { tmpdir } from 'node:os'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Flux1Backbone } from '../../../../gpu-worker/backbones/flux1/backbone.ts'
import { flux1 } from '../../../../gpu-worker/backbones/flux1/family.ts'
import { openBackbone } from '../../../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../../../gpu-worker/edit.ts'
import { resolveSettings } from '../../../../shared/edit/resolve-settings.ts'
import { workOf } from '../../../../shared/edit/work.ts'
import type { ModelName } from '../../../../shared/models.ts'
import { kontextCheckpoint } from '../../../fixtures/checkpoint.ts'
import { readSample } from '../../../fixtures/pictures.ts'
import { settingsOf } from '../../../fixtures/settings.ts'

let backbone: Flux1Backbone
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
  test('is 512 states of T5 and one of CLIP, also for an empty prompt, and is cached', async () => {
    const empty = await backbone.condition({ prompt: '' })
    expect([empty.tokens.dims, empty.pooled.dims]).toEqual([
      [512, 32],
      [1, 24],
    ])
    expect(await backbone.condition({ prompt: '' })).toBe(empty)
    const other = await backbone.condition({ prompt: 'make it larger' })
    expect(other.pooled.data).not.toEqual(empty.pooled.data)
    expect(other.tokens.data).not.toEqual(empty.tokens.data)
  })
})

describe('an edit', () => {
  /** Of the ladybird, in one step; its work is planned for the sizes of a model. */
  async function edit(prompt: string, sizes: ModelName = 'flux1-kontext-dev') {
    const sample = await readSample('ladybird')
    const settings = settingsOf({
      drags: sample.drags,
      model: 'flux1-kontext-dev',
      steps: 1,
      seed: 3,
      prompt,
    })
    const planned = await workOf(sample.size, { ...settings, model: sizes }, sample.mask)
    const { sampler } = resolveSettings(settings, () => 3)
    expect(sampler.guidance).toBe(3)
    const job = { photo: sample.photo, photoSize: sample.size, ...planned, sampler }
    const { bytes } = await editPhoto(job, backbone, () => {}, new AbortController().signal)
    return { bytes, workingSize: planned.workingSize }
  }

  test('runs from photo to result at a trained size', async () => {
    const { bytes, workingSize } = await edit('a red ladybird')
    expect(workingSize).toEqual({ width: 1024, height: 1024 })
    const written = { format: 'png', width: 640, height: 640 }
    expect(await sharp(bytes).metadata()).toMatchObject(written)
  }, 180_000)

  test('changes with its prompt', async () => {
    const one = await edit('a red ladybird', 'embedded-fast')
    const other = await edit('a blue ladybird', 'embedded-fast')
    expect(one.workingSize).toEqual({ width: 512, height: 512 })
    expect(Buffer.compare(one.bytes, other.bytes)).not.toBe(0)
  }, 180_000)
})

test('without its checkpoint the backbone is unavailable', async () => {
  const load = openBackbone('flux1-kontext-dev', { cache: tmpdir() }, { provider: 'cpu' })
  await expect(load).rejects.toMatchObject({ code: 'model_unavailable' })
})
