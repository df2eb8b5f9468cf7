import { describe, expect, test } from 'vitest'
import { workingArea } from '../../../../shared/edit/area/working-area.ts'
import { planRequest, workOf } from '../../../../shared/edit/work.ts'
import type { Mask } from '../../../../shared/mask.ts'
import { gridOf } from '../../../../shared/models.ts'
import { rectangleMask } from '../../../fixtures/png.ts'
import { settingsOf } from '../../../fixtures/settings.ts'

const image = { width: 4000, height: 3000 }
/** A mask at a tenth of the photo's size, white in a rectangle of photo pixels. */
const maskOf = (left: number, top: number, right: number, bottom: number): Mask => ({
  width: 400,
  height: 300,
  data: Uint8Array.from({ length: 400 * 300 }, (_, i) => {
    const [x, y] = [10 * (i % 400), 10 * Math.floor(i / 400)]
    return x >= left && x < right && y >= top && y < bottom ? 1 : 0
  }),
})
const drags = [{ handle: { x: 1100, y: 1100 }, target: { x: 1500, y: 1100 } }]
const thing = maskOf(1000, 1000, 1200, 1200)

describe('the crop', () => {
  test('holds the thing, where it lands, and a quarter of its length around', () => {
    // The thing is at 1000 to 1200 and lands at 1400 to 1600: 600 x 200, with 150 on each side 900 x 500.
    const area = workingArea('embedded', image, drags, thing, 'region')
    // The nearest working size of 900 x 500 is 688 x 384 of 8 pixels: 900 x 502.3, made whole.
    expect(area).toEqual({ left: 850, top: 849, width: 900, height: 503 })
    expect(gridOf('embedded', area as never).workingSize).toEqual({ width: 688, height: 384 })
  })

  test('has the shape of a trained size, and is not enlarged', () => {
    const area = workingArea('flux1-kontext-dev', image, drags, thing, 'region')
    // A 4:3 photo is worked on at 1184 x 880: no side of a crop is shorter.
    expect(area).toEqual({ left: 708, top: 660, width: 1184, height: 880 })
  })

  test('stays inside the photo, and holds every pin', () => {
    const corner = maskOf(0, 0, 200, 200)
    const moved = [{ handle: { x: 100, y: 100 }, target: { x: 300, y: 100 } }]
    expect(workingArea('embedded', image, moved, corner, 'region')).toMatchObject({
      left: 0,
      top: 0,
    })
    const pin = { handle: { x: 1900, y: 150 }, target: { x: 1900, y: 150 } }
    const area = workingArea('embedded', image, [...moved, pin], corner, 'region')
    expect(area?.width).toBeGreaterThan(1900)
  })

  test('is the whole photo if the edit needs it, or if it is not larger than the working size', () => {
    const wide = [{ handle: { x: 1100, y: 1100 }, target: { x: 3900, y: 1100 } }]
    const tall = maskOf(1000, 0, 1200, 3000)
    expect(workingArea('embedded', image, wide, tall, 'region')).toBeNull()
    const small = { width: 400, height: 300 }
    const near = [{ handle: { x: 110, y: 110 }, target: { x: 150, y: 110 } }]
    expect(workingArea('embedded', small, near, thing, 'region')).toBeNull()
  })

  test('with auto is taken only if it is at most half of the photo', () => {
    const area = workingArea('embedded', image, drags, thing, 'region')
    expect(workingArea('embedded', image, drags, thing, 'auto')).toEqual(area)
    const far = [{ handle: { x: 1100, y: 1100 }, target: { x: 3000, y: 2300 } }]
    expect(workingArea('embedded', image, far, thing, 'region')).not.toBeNull()
    expect(workingArea('embedded', image, far, thing, 'auto')).toBeNull()
    expect(workingArea('embedded', image, drags, thing, 'photo')).toBeNull()
  })
})

describe('a plan for the crop', () => {
  const png = () => rectangleMask(400, 300, 100, 100, 120, 120)

  test('is that of the crop as a photo of its own; a drag under half a token of the photo moves', async () => {
    const short = [{ handle: { x: 1100, y: 1100 }, target: { x: 1120, y: 1100 } }]
    const whole = await planRequest(image, settingsOf({ drags: short }) as never, await png())
    expect(whole.warnings).toMatchObject([{ code: 'nothing_moves' }])
    expect(whole).not.toHaveProperty('area')
    const asked = settingsOf({ drags: short, workingArea: 'region' })
    const { area, plan, warnings } = await planRequest(image, asked as never, await png())
    expect(warnings).toEqual([])
    if (area === undefined) return expect.fail('no crop')
    const at = ({ x, y }: { x: number; y: number }) => ({ x: x - area.left, y: y - area.top })
    const alone = short.map(({ handle, target }) => ({ handle: at(handle), target: at(target) }))
    const [left, top] = [Math.round(1000 - area.left), Math.round(1000 - area.top)]
    const mask = await rectangleMask(area.width, area.height, left, top, left + 200, top + 200)
    const own = await planRequest(area, settingsOf({ drags: alone }) as never, mask)
    expect(plan.grid).toEqual(own.plan.grid)
    // Its own mask is sharper than a tenth: the tokens at the rim may differ.
    expect(Math.abs(plan.targets.length - own.plan.targets.length)).toBeLessThan(
      plan.targets.length / 4,
    )
  })

  test('goes to the worker with its area, and the record has the mask as part of the photo', async () => {
    const asked = settingsOf({ drags, workingArea: 'auto' })
    const { area, work, workingSize, mask } = await workOf(image, asked, await png())
    expect(area).toEqual({ left: 850, top: 849, width: 900, height: 503 })
    expect(workingSize).toEqual({ width: 688, height: 384 })
    expect(mask).toMatchObject({ areaBefore: 0.0033, areaAfter: 0.0033 })
    if (work.kind !== 'planned') return expect.fail(work.kind)
    expect(work.motion?.parts).toEqual([
      [{ handle: { x: 250, y: 251 }, target: { x: 650, y: 251 } }],
    ])
  })

  test('needs an object mask whose plan is made at once', async () => {
    const region = { drags, workingArea: 'region' }
    const rejected = { code: 'invalid_option', pointer: '/workingArea' }
    const editable = settingsOf({ ...region, maskKind: 'editable' })
    await expect(workOf(image, editable, await png())).rejects.toMatchObject(rejected)
    const paper = settingsOf({ ...region, profile: 'paper' })
    await expect(workOf(image, paper, await png())).rejects.toMatchObject(rejected)
    const auto = settingsOf({ drags, workingArea: 'auto', profile: 'paper' })
    expect(await workOf(image, auto, await png(), true)).not.toHaveProperty('area')
  })
})
