/** What SAM is asked for the things of an edit, and which of its answers move. */

import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { EditSam } from '../../../gpu-worker/mask/edit-sam.ts'
import { findThings } from '../../../gpu-worker/mask/find-things.ts'
import type { Prompt } from '../../../gpu-worker/sam/prompt.ts'
import type { Drag } from '../../../shared/drag.ts'
import { type Mask, thingNumbers } from '../../../shared/mask.ts'
import { dragOf, whiteOn } from '../../fixtures/drawing.ts'
import { photoOf, standIn } from './stand-in.ts'

/** Larger than the copy in which things are chosen. */
const SIZE = { width: 2048, height: 1024 }
const white = whiteOn.bind(null, SIZE)
const drag = dragOf

const LEFT = [200, 400, 200, 200] as const
const RIGHT = [1400, 400, 200, 200] as const

/** Two red squares on grey. */
const photo = await photoOf(SIZE, [LEFT, RIGHT])

const { signal } = new AbortController()
/** The square of the first point. */
const squareAt = ({ points: [first] }: Prompt) => white((first?.x ?? 0) < 1000 ? LEFT : RIGHT)
const find = (
  drags: readonly Drag[],
  sam: EditSam | null,
  within: Mask | null = null,
  bends = false,
) => findThings({ photo, photoSize: SIZE, drags, within, sam, signal, bends })
/** The white pixels of a mask, in pixels of the photo. */
const area = ({ width, height, data }: Mask) =>
  (data.reduce((sum, value) => sum + value, 0) * SIZE.width * SIZE.height) / (width * height)
const on = (x: number, y: number) => ({ x, y, on: true })
const SQUARE = 200 * 200

describe('without a mask', () => {
  test('SAM is asked for a click on each handle, once for each thing', async () => {
    const { sam, asked } = standIn(squareAt)
    const pin = drag(1000, 100, 1000, 100)
    const same = drag(380, 580, 500, 700)
    const found = await find([pin, drag(300, 500, 400, 500), same, drag(1500, 500, 1500, 300)], sam)
    expect(asked).toEqual([
      { points: [on(300, 500)], box: null },
      { points: [on(1500, 500)], box: null },
    ])
    expect(area(found.mask)).toBe(2 * SQUARE)
    expect(found).toMatchObject({ foundBy: 'sam', iterations: 2, warnings: [] })
  })

  test('what SAM does not find is found by colours, and so is all without SAM', async () => {
    const { sam } = standIn(() => white(LEFT))
    const drags = [drag(300, 500, 400, 500), drag(1500, 500, 1500, 300)]
    const found = await find(drags, sam)
    expect(found).toMatchObject({ foundBy: 'colours', iterations: 3, warnings: [] })
    const without = await find(drags, null)
    expect(without).toMatchObject({ foundBy: 'colours', iterations: 2, warnings: [] })
    for (const { mask } of [found, without]) {
      expect(area(mask) / SQUARE).toBeGreaterThan(1.9)
      expect(area(mask) / SQUARE).toBeLessThan(2.1)
    }
  })

  test('an edit that is canceled asks for no further thing', async () => {
    const abort = new AbortController()
    const { sam, asked } = standIn((prompt) => {
      abort.abort(new Error('canceled'))
      return squareAt(prompt)
    })
    const drags = [drag(300, 500, 400, 500), drag(1500, 500, 1500, 300)]
    const search = {
      photo,
      photoSize: SIZE,
      drags,
      within: null,
      sam,
      signal: abort.signal,
      bends: false,
    }
    await expect(findThings(search)).rejects.toThrow('canceled')
    expect(asked).toHaveLength(1)
  })

  test('SAM is asked for a limited number of things', async () => {
    const { sam, asked } = standIn(() => white([0, 0, 2048, 1024]))
    const drags = Array.from({ length: 17 }, (_, i) => {
      const [x, y] = [100 + 250 * (i % 8), 100 + 250 * Math.floor(i / 8)]
      return drag(x, y, x + 10, y)
    })
    const found = await find(drags, sam, null, true)
    expect(asked).toHaveLength(16)
    expect(found.iterations).toBe(16)
  })

  test('where there is no thing, a place bends if pixels move: what surrounds it stays', async () => {
    const { sam } = standIn(() => white([0, 0, 2048, 1024]))
    const { mask, fixed, ...found } = await find([drag(1000, 500, 1100, 500)], sam, null, true)
    expect(found).toMatchObject({
      foundBy: null,
      iterations: 1,
      warnings: [{ code: 'thing_not_found', drag: 0 }],
    })
    expect(mask.data.some((value, at) => value === 1 && fixed.data[at] === 1)).toBe(false)
    const value = ({ data, width }: Mask, x: number, y: number) => data[(y / 2) * width + x / 2]
    // 3.5 times the drag's 100 pixels from its target on, and 1/24 of the photo around that.
    expect([1000, 1100, 1440, 1460].map((x) => value(mask, x, 500))).toEqual([1, 1, 1, 0])
    expect([1000, 1440, 1460, 1560].map((x) => value(fixed, x, 500))).toEqual([0, 0, 1, 0])
  })

  test('a thing moves if it is held near its middle and means the same in the box around it', async () => {
    const { sam, asked } = standIn(squareAt)
    const drags = [drag(300, 500, 400, 500)]
    const { mask, within, ...found } = await find(drags, sam, null, true)
    expect(asked[1]).toEqual({ points: [], box: { left: 200, top: 400, width: 200, height: 200 } })
    expect([area(mask), area(found.fixed), within]).toEqual([SQUARE, 0, null])
    expect(found).toMatchObject({ foundBy: 'sam', warnings: [] })
    // In the box around it, SAM sees something else.
    const unsure = standIn(({ box }) => white(box === null ? LEFT : [200, 400, 180, 200]))
    const bent = await find(drags, unsure.sam, null, true)
    expect(bent.warnings).toMatchObject([{ code: 'thing_bends', drag: 0 }])
    expect(area(bent.mask)).toBeGreaterThan(2 * SQUARE)
  })

  test('held at its end, it bends there, and nothing else changes but where it lands', async () => {
    const { sam } = standIn(squareAt)
    const { mask, fixed, within, warnings } = await find(
      [drag(390, 410, 430, 390)],
      sam,
      null,
      true,
    )
    expect(warnings).toMatchObject([{ code: 'thing_bends', drag: 0 }])
    const value = ({ data, width }: Mask, x: number, y: number) => data[(y / 2) * width + x / 2]
    const places = [
      [380, 420],
      [204, 596],
      [420, 400],
    ] as const
    const values = (of: Mask) => places.map(([x, y]) => value(of, x, y))
    expect(values(mask)).toEqual([1, 0, 0])
    expect(values(fixed)).toEqual([0, 1, 0])
    expect(within && values(within)).toEqual([1, 0, 1])
  })

  test('held at both its ends, it moves if they go the same way', async () => {
    const { sam } = standIn(squareAt)
    const ends = (across: number, down: number) => [
      drag(390, 410, 450, 410),
      drag(210, 590, 210 + across, 590 + down),
    ]
    const { mask, fixed, warnings } = await find(ends(70, 10), sam, null, true)
    expect([area(mask), area(fixed), warnings]).toEqual([SQUARE, 0, []])
    // A drag in its middle does not change that.
    const three = await find([drag(300, 500, 360, 500), ...ends(60, 0)], sam, null, true)
    expect([area(three.mask), three.warnings]).toEqual([SQUARE, []])
    for (const apart of [ends(-60, 0), [drag(390, 410, 450, 410), drag(385, 430, 445, 430)]]) {
      const bent = await find(apart, sam, null, true)
      expect(bent.warnings.map(({ code }) => code)).toEqual(['thing_bends', 'thing_bends'])
    }
  })

  test('a feature bends what surrounds it, and moves where it leaves that', async () => {
    const nose = { create: { width: 40, height: 40, channels: 3 as const, background: '#2020e0' } }
    const face = await sharp(photo)
      .composite([{ input: nose, left: 280, top: 480 }])
      .png()
      .toBuffer()
    const { sam, asked } = standIn(({ points: [point], box }) => {
      const isNose = box === null ? point?.x === 300 : box.width === 40
      return isNose ? white([280, 480, 40, 40]) : white((point?.x ?? 0) < 1000 ? LEFT : RIGHT)
    })
    const search = { photo: face, photoSize: SIZE, within: null, sam, signal, bends: true }
    const bent = await findThings({ ...search, drags: [drag(300, 500, 340, 520)] })
    expect(asked[2]).toEqual({ points: [on(340, 520)], box: null })
    expect(bent.warnings).toMatchObject([{ code: 'thing_bends', drag: 0 }])
    const value = ({ data, width }: Mask, x: number, y: number) => data[(y / 2) * width + x / 2]
    expect([300, 340, 420].map((x) => value(bent.mask, x, 500))).toEqual([1, 1, 0])
    const away = await findThings({ ...search, drags: [drag(300, 500, 1500, 500)] })
    expect([area(away.mask), away.warnings]).toEqual([40 * 40, []])
  })

  test('where there is no thing, a disc moves, and a warning says so', async () => {
    // A sky over a floor.
    const floor = { create: { width: 2048, height: 512, channels: 3 as const, background: '#533' } }
    const empty = await sharp({ create: { ...SIZE, channels: 3, background: '#9af' } })
      .composite([{ input: floor, left: 0, top: 512 }])
      .png()
      .toBuffer()
    const { sam } = standIn(() => white([0, 0, 2048, 1024]))
    const drags = [drag(1000, 100, 1000, 100), drag(1000, 250, 900, 250)]
    const found = await findThings({
      photo: empty,
      photoSize: SIZE,
      drags,
      within: null,
      sam,
      signal,
      bends: false,
    })
    expect(found).toMatchObject({
      foundBy: null,
      warnings: [{ code: 'thing_not_found', drag: 1 }],
    })
    const disc = Math.PI * (1024 / 10) ** 2
    expect(area(found.mask) / disc).toBeCloseTo(1, 1)
  })
})

describe('in an editable mask', () => {
  test('SAM is asked for all handles of a connected part together, in the box around it', async () => {
    const { sam, asked } = standIn(squareAt)
    const region = white([100, 300, 800, 400], [1300, 300, 400, 400])
    const drags = [drag(300, 500, 700, 500), drag(390, 590, 790, 590), drag(1500, 500, 1500, 540)]
    const found = await find(drags, sam, region)
    const [one, two, three] = [on(300, 500), on(390, 590), on(1500, 500)]
    expect(asked).toEqual([
      { points: [one, two], box: { left: 100, top: 300, width: 800, height: 400 } },
      { points: [one, two], box: null },
      { points: [one], box: null },
      { points: [three], box: { left: 1300, top: 300, width: 400, height: 400 } },
      { points: [three], box: null },
    ])
    expect(area(found.mask)).toBe(2 * SQUARE)
    expect(found).toMatchObject({ foundBy: 'sam', iterations: 2, warnings: [] })
  })

  test('two things in one part are asked for one by one', async () => {
    const { sam } = standIn(squareAt)
    const drags = [drag(300, 500, 500, 500), drag(1500, 500, 1300, 500)]
    const found = await find(drags, sam, white([100, 300, 1600, 400]))
    expect(area(found.mask)).toBe(2 * SQUARE)
    expect(found).toMatchObject({ foundBy: 'sam', iterations: 3 })
    // For scope thing they stay apart.
    expect(thingNumbers(found.mask)).toEqual([1, 2])
  })

  test('nothing outside the mask is the thing; colours find what SAM does not', async () => {
    const region = white([300, 300, 400, 400])
    const drags = [drag(350, 500, 450, 500)]
    const { sam } = standIn(squareAt)
    const found = await find(drags, sam, region)
    expect(area(found.mask)).toBe(SQUARE / 2)
    // The other half stays.
    expect(area(found.fixed)).toBe(SQUARE / 2)
    const unsure = await find(drags, standIn(squareAt, 0.5).sam, region)
    expect(unsure).toMatchObject({ foundBy: 'colours', iterations: 2 })
    // A thing that only touches the mask's edge is whole.
    const touching = await find(drags, sam, white([210, 300, 400, 400]))
    expect([area(touching.mask), area(touching.fixed)]).toEqual([0.95 * SQUARE, 0])
    // Where pixels move, all of the mask bends instead of what colours find.
    const bent = await find(drags, standIn(squareAt, 0.5).sam, region, true)
    expect([area(bent.mask), bent.foundBy]).toEqual([400 * 400, null])
    const outside = drag(200, 500, 450, 500)
    await expect(find([outside], sam, region)).rejects.toMatchObject({
      code: 'handle_outside_mask',
    })
  })
})
