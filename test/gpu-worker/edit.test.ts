import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { editPhoto } from '../../gpu-worker/edit.ts'
import { Pipeline } from '../../gpu-worker/pipeline/pipeline.ts'
import { scenes } from '../../samples/scenes.ts'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { EditSettings } from '../../shared/edit/settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import { measure, readSample, type Sample } from '../fixtures/pictures.ts'

let pipeline: Pipeline
beforeAll(async () => {
  pipeline = await Pipeline.load('embedded', {
    provider: 'cpu',
    cache: join(tmpdir(), 'contextdrag-test-checkpoints'),
    threads: 2,
  })
})
afterAll(() => pipeline.close())

const never = new AbortController().signal

async function prepare(sample: Sample, options: Record<string, unknown> = {}) {
  const settings = EditSettings.parse({ drags: sample.drags, seed: 7, ...options })
  const { workingSize, grid, work } = await workOf(sample.size, settings, sample.mask)
  const { sampler } = resolveSettings(settings, () => 7)
  return { photo: sample.photo, photoSize: sample.size, workingSize, grid, work, sampler }
}

describe('the picture', () => {
  test.each(scenes.map(({ name }) => name))(
    '%s: moved, left, near its target, and nothing else touched',
    async (name) => {
      const sample = await readSample(name)
      const job = await prepare(sample)
      const result = await editPhoto(job, pipeline, () => {}, never)
      const metrics = await measure(sample, Buffer.from(result.bytes), job.workingSize, result.plan)
      expect(metrics.moved).toBeGreaterThanOrEqual(0.9)
      expect(metrics.left).toBeLessThanOrEqual(0.5)
      expect(metrics.distance).toBeLessThanOrEqual(1)
      expect(metrics.changedOutside).toBe(0)
      expect({ width: result.width, height: result.height }).toEqual(sample.size)
    },
  )
})

describe('a mask of what may change', () => {
  const size = { width: 512, height: 256 }
  /** A red disc on a checked ramp: every pixel tells whether it was touched. */
  const discPhoto = () => {
    const rgb = new Uint8Array(3 * size.width * size.height)
    for (let y = 0; y < size.height; y++)
      for (let x = 0; x < size.width; x++) {
        const disc = (x - 175) ** 2 + (y - 125) ** 2 < 37 ** 2
        const checked = 90 + 60 * (((x >> 2) + (y >> 2)) % 2)
        rgb.set(disc ? [230, 40, 30] : [x >> 1, y, checked], 3 * (y * size.width + x))
      }
    return rgb
  }
  const white = { left: 100, top: 50, width: 153, height: 150 }

  // Tokens are 8 pixels, so the right border, 253, lies inside of one.
  test.each([
    ['its own size', 1],
    ['a smaller size', 4],
  ])('of %s: no pixel outside of it changes', async (_, shrink) => {
    const { width, height } = { width: size.width / shrink, height: size.height / shrink }
    const isWhite = (x: number, y: number) =>
      x >= white.left / shrink &&
      x < (white.left + white.width) / shrink &&
      y >= white.top / shrink &&
      y < (white.top + white.height) / shrink
    const grey = Uint8Array.from({ length: width * height }, (_, i) =>
      isWhite(i % width, Math.floor(i / width)) ? 255 : 0,
    )
    const mask = await sharp(grey, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer()
    const before = discPhoto()
    const photo = await sharp(before, { raw: { ...size, channels: 3 } })
      .png()
      .toBuffer()
    const drags = [{ handle: { x: 175, y: 125 }, target: { x: 240, y: 125 } }]
    const settings = EditSettings.parse({ drags, seed: 1, maskKind: 'editable' })
    const { sampler } = resolveSettings(settings, () => 1)
    const job = { photo, photoSize: size, ...(await workOf(size, settings, mask)), sampler }
    const { bytes } = await editPhoto(job, pipeline, () => {}, never)
    const after = await sharp(bytes).removeAlpha().raw().toBuffer()
    const changed = { inside: 0, outside: 0, beside: 0 }
    for (let i = 0; i < size.width * size.height; i++) {
      if ([0, 1, 2].every((k) => after[3 * i + k] === before[3 * i + k])) continue
      const x = i % size.width
      const y = Math.floor(i / size.width)
      const on = isWhite(Math.floor(x / shrink), Math.floor(y / shrink))
      changed[on ? 'inside' : 'outside']++
      if (on && x >= 248) changed.beside++
    }
    expect(changed.outside).toBe(0)
    expect(changed.inside).toBeGreaterThan(2000)
    // The part of a cut token that lies inside does change.
    expect(changed.beside).toBeGreaterThan(0)
  })
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
    const { workingSize, grid, work } = await workOf(size, settings, sample.mask)
    return {
      photo,
      photoSize: size,
      workingSize,
      grid,
      work,
      sampler: resolveSettings(settings, () => 1).sampler,
    }
  }

  test('reports each step, and how long every stage took', async () => {
    const steps: string[] = []
    const { timings } = await editPhoto(
      await small(),
      pipeline,
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
      await editPhoto(job, pipeline, () => {}, never),
      await editPhoto(job, pipeline, () => {}, never),
    ]
    expect(Buffer.compare(a.bytes, b.bytes)).toBe(0)
  })

  test.each(['png', 'jpeg', 'webp'] as const)('writes %s', async (format) => {
    const { bytes } = await editPhoto(await small(format), pipeline, () => {}, never)
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width: 192, height: 128 })
  })

  test('stops after the step in which it was cancelled', async () => {
    const abort = new AbortController()
    const steps: number[] = []
    const run = editPhoto(
      await small(),
      pipeline,
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
    const cut = editPhoto({ ...job, photo: job.photo.subarray(0, 2000) }, pipeline, () => {}, never)
    await expect(cut).rejects.toMatchObject({ code: 'image_truncated' })
    const other = editPhoto(
      { ...job, photoSize: { width: 128, height: 192 } },
      pipeline,
      () => {},
      never,
    )
    await expect(other).rejects.toThrow(/the plan is for 128x192, the photo has 192x128/)
  })
})
