import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OpenBackbone } from '../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../gpu-worker/edit.ts'
import { scenes } from '../../samples/scenes.ts'
import { EditSettings, resolveSettings } from '../../shared/edit.ts'
import { planRequest } from '../../shared/plan-request.ts'
import { measure, readSample, type Sample } from '../fixtures/pictures.ts'

let backbone: OpenBackbone
beforeAll(async () => {
  backbone = await openBackbone(
    'embedded',
    { cache: join(tmpdir(), 'contextdrag-test-checkpoints') },
    { provider: 'cpu', threads: 2 },
  )
})
afterAll(() => backbone.close())

const never = new AbortController().signal

async function prepare(sample: Sample, options: Record<string, unknown> = {}) {
  const settings = EditSettings.parse({ drags: sample.drags, seed: 7, ...options })
  const { workingSize, plan } = await planRequest(sample.size, settings, sample.mask)
  const { sampler } = resolveSettings(settings, () => 7)
  return { photo: sample.photo, photoSize: sample.size, workingSize, plan, sampler }
}

describe('the picture', () => {
  test.each(scenes.map(({ name }) => name))(
    '%s: moved, left, near its target, and nothing else touched',
    async (name) => {
      const sample = await readSample(name)
      const job = await prepare(sample)
      const result = await editPhoto(job, backbone, () => {}, never)
      const metrics = await measure(sample, Buffer.from(result.bytes), job.workingSize, job.plan)
      expect(metrics.moved).toBeGreaterThanOrEqual(0.9)
      expect(metrics.left).toBeLessThanOrEqual(0.5)
      expect(metrics.distance).toBeLessThanOrEqual(1)
      expect(metrics.changedOutside).toBe(0)
      expect({ width: result.width, height: result.height }).toEqual(sample.size)
    },
  )
})

describe('a run', () => {
  const small = async (format: 'png' | 'jpeg' | 'webp' = 'png') => {
    const sample = await readSample('balloon')
    const photo = await sharp(sample.photo).resize(192, 128).png().toBuffer()
    const scale = (p: { x: number; y: number }) => ({ x: p.x / 4, y: p.y / 4 })
    const drags = sample.drags.map(({ handle, target }) => ({
      handle: scale(handle),
      target: scale(target),
    }))
    const size = { width: 192, height: 128 }
    const settings = EditSettings.parse({ drags, seed: 1, steps: 3, output: { format } })
    const { workingSize, plan } = await planRequest(size, settings, sample.mask)
    return {
      photo,
      photoSize: size,
      workingSize,
      plan,
      sampler: resolveSettings(settings, () => 1).sampler,
    }
  }

  test('reports each step, and how long every stage took', async () => {
    const steps: string[] = []
    const { timings } = await editPhoto(
      await small(),
      backbone,
      (step, of) => steps.push(`${step}/${of}`),
      never,
    )
    expect(steps).toEqual(['1/3', '2/3', '3/3'])
    expect(Object.keys(timings)).toEqual([
      'decode',
      'resize',
      'encode',
      'text',
      'denoise',
      'generate',
      'restore',
      'composite',
      'write',
    ])
  })

  test('with the same seed is the same to the byte', async () => {
    const job = await small()
    const [a, b] = [
      await editPhoto(job, backbone, () => {}, never),
      await editPhoto(job, backbone, () => {}, never),
    ]
    expect(Buffer.compare(a.bytes, b.bytes)).toBe(0)
  })

  test.each(['png', 'jpeg', 'webp'] as const)('writes %s', async (format) => {
    const { bytes } = await editPhoto(await small(format), backbone, () => {}, never)
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width: 192, height: 128 })
  })

  test('stops after the step in which it was cancelled', async () => {
    const abort = new AbortController()
    const steps: number[] = []
    const run = editPhoto(
      await small(),
      backbone,
      (step) => {
        steps.push(step)
        abort.abort(new Error('enough'))
      },
      abort.signal,
    )
    await expect(run).rejects.toThrow('enough')
    expect(steps).toEqual([1])
  })

  test('refuses a photo that lost its pixels, and one that the plan was not made for', async () => {
    const job = await small()
    const cut = editPhoto({ ...job, photo: job.photo.subarray(0, 2000) }, backbone, () => {}, never)
    await expect(cut).rejects.toMatchObject({ code: 'image_truncated' })
    const other = editPhoto(
      { ...job, photoSize: { width: 128, height: 192 } },
      backbone,
      () => {},
      never,
    )
    await expect(other).rejects.toThrow(/the plan is for 128x192, the photo has 192x128/)
  })
})
