/** Things that the frame cuts go on beyond it: stretched, or by their mirror image. */

import { describe, expect, test } from 'vitest'
import type { Drag } from '../../../../shared/drag.ts'
import { editInstantly } from '../../../../shared/instant/instant.ts'
import { beyondRectangle, withBeyond } from '../../../../shared/instant/motion/beyond-frame.ts'
import { movingThings } from '../../../../shared/instant/things.ts'
import { dragOf } from '../../../fixtures/drawing.ts'

const SIZE = { width: 160, height: 120 }
type On = (x: number, y: number) => boolean

/** The red of a thing at a point; its ground is green, and has none. */
const red = (x: number) => 120 + 6 * (x % 20)

/** Where the thing is taken hold of: in its middle, or so close to the frame that nothing can be stretched there. */
const [MIDDLE, AT_FRAME] = [40, 8]

/** The reds of a thing, moved to the right by so many pixels; its mask may be wider. */
function moved(
  on: On,
  by: number,
  { masked = on, from = AT_FRAME, colour = red } = {},
): (x: number, y: number) => number {
  const count = SIZE.width * SIZE.height
  const data = new Uint8ClampedArray(4 * count)
  const white = new Uint8Array(count)
  for (let at = 0; at < count; at++) {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
    white[at] = masked(x, y) ? 1 : 0
    data.set(on(x, y) ? [colour(x), 0, 0, 255] : [0, 160, 0, 255], 4 * at)
  }
  const out = editInstantly(
    { ...SIZE, data },
    {
      drags: [dragOf(from, 80, from + by, 80)],
      mask: { ...SIZE, data: white },
      geometry: { scope: 'component', field: 'inverse-distance', power: 2 },
      seed: 1,
      within: null,
      fixed: null,
      affects: null,
      shadows: 'keep',
    },
  )
  return (u, v) => out[4 * (v * SIZE.width + u)] as number
}

describe('a thing that moves away from the frame', () => {
  describe('is stretched', () => {
    /** Grows by 2 from pixel to pixel. */
    const ramp = (x: number) => 40 + 2 * x
    const slab: On = (x, y) => x < 80 && y >= 30 && y < 90
    const options = { from: MIDDLE, colour: ramp }

    test('from the frame to where it is held, most at the frame', () => {
      const at = moved(slab, 12, options)
      // It goes on for 1.25 times the way. By hand: with r = 15 / 40, the 55 pixels that were 40 are those at
      // 40 (t (1 - r / 2) + t³ r / 2), whose slope at t = 1 is 40 (1 + r) = 55.
      for (let x = 1; x < MIDDLE + 12; x++) {
        const t = (x + 0.5 - 12 + 15) / 55
        const place = 40 * (t * (1 - 15 / 80) + (t ** 3 * 15) / 80)
        expect(Math.abs(at(x, 60) - ramp(place - 0.5))).toBeLessThan(1.1)
      }
      for (let x = MIDDLE + 12; x < 88; x++) expect(at(x, 60)).toBe(ramp(x - 12))
    })

    test('no deeper than six times what is beyond the frame', () => {
      const at = moved(slab, 4, options)
      for (let x = 6 * 5 + 4; x < 80; x++) expect(at(x, 60)).toBe(ramp(x - 4))
      expect(at(20, 60)).toBeGreaterThan(ramp(20 - 4))
    })

    test('not by more than two thirds: its mirror image goes on instead', () => {
      const at = moved(slab, 24, options)
      for (let x = 0; x < 24; x++) expect(at(x, 60)).toBe(ramp(23 - x))
      for (let x = 24; x < 100; x++) expect(at(x, 60)).toBe(ramp(x - 24))
    })

    test('not where it also has a piece that the frame does not cut', () => {
      const joint: On = (x, y) => x >= 50 && x < 80 && y >= 90 && y < 96
      const paw: On = (x, y) =>
        slab(x, y) || joint(x, y) || (x >= 4 && x < 80 && y >= 96 && y < 112)
      const at = moved(paw, 12, options)
      for (let x = 16; x < 88; x++) expect(at(x, 60)).toBe(ramp(x - 12))
    })

    test('although a lock of hair beside it is not cut', () => {
      const lock: On = (x, y) => slab(x, y) || (x >= 4 && x < 80 && y >= 94 && y < 100)
      const joint: On = (x, y) => x >= 76 && x < 80 && y >= 90 && y < 94
      const at = moved((x, y) => lock(x, y) || joint(x, y), 12, options)
      expect(at(20, 60)).toBeGreaterThan(ramp(20 - 12))
      // As without it: t = 4.5 / 55.
      expect(Math.abs(at(1, 60) - ramp(2.16))).toBeLessThan(1.1)
    })

    test('not beside a pin: one end of the cut stays', () => {
      const mask = { ...SIZE, data: new Uint8Array(SIZE.width * SIZE.height) }
      mask.data.forEach((_, at) => {
        if (slab(at % SIZE.width, Math.floor(at / SIZE.width))) mask.data[at] = 1
      })
      const photo = { ...SIZE, data: new Uint8ClampedArray(4 * mask.data.length).fill(200) }
      const geometry = { scope: 'component', field: 'rigid', power: 2 } as const
      const beyond = (pins: Drag[]) => {
        const drags = [dragOf(MIDDLE, 80, MIDDLE + 12, 80), ...pins]
        return movingThings(photo, mask, drags, geometry, {
          fixed: null,
          within: null,
          affects: null,
        })[0]?.beyond
      }
      expect(beyond([])?.stretched.left).toBe(MIDDLE)
      const pinned = beyond([dragOf(MIDDLE, 40, MIDDLE, 40)])
      expect(pinned?.left).toBeGreaterThan(0)
      expect(pinned?.stretched.left).toBe(0)
    })

    test('only as far as it is about as wide as where the frame cuts it', () => {
      const hand: On = (x, y) => x < 80 && Math.abs(y - 60) < (x < 10 ? 8 : 30)
      const at = moved(hand, 12, options)
      for (let x = 14; x < 88; x++) expect(at(x, 60)).toBe(ramp(x - 12))
    })
  })

  test('has no straight end', () => {
    const at = moved((x, y) => x < 50 && y >= 30 && y < 90, 12)
    for (let x = 0; x < 12; x++) expect(at(x, 60)).toBe(red(11 - x))
    expect(at(20, 60)).toBe(red(8))
  })

  test('goes on in the direction of its border', () => {
    // It rises by a pixel for each pixel inwards.
    const at = moved((x, y) => x < 60 && y > 80 - x, 16)
    for (let x = 2; x < 14; x += 2) {
      expect(at(x, 96 - x + 5)).toBeGreaterThan(100)
      expect(at(x, 96 - x - 5)).toBeLessThan(20)
    }
  })

  test('closes in an arc where its borders come nearer to each other', () => {
    // From 80 pixels at x = 40 to 40 at the frame: straight on, it would end 40 pixels beyond.
    const on: On = (x, y) => x < 60 && Math.abs(y - 60) < 20 + Math.min(x, 40) / 2
    const at = moved(on, 60)
    const widths = [50, 40, 30].map((x) => {
      return Array.from({ length: SIZE.height }, (_, y) => at(x, y)).filter((r) => r > 100).length
    })
    const [first = 0, second = 0, third = 0] = widths
    expect(first).toBeGreaterThan(24)
    expect(first - second).toBeGreaterThan(10)
    // A straight border would lose as much again.
    expect(second - third).toBeGreaterThan(1.2 * (first - second))
  })

  test('does not go on if it ends before the frame, where its mask does not', () => {
    const on: On = (x, y) => x >= 2 && x < 50 && y >= 30 && y < 90
    const masked: On = (x, y) => x < 50 && y >= 30 && y < 90
    const at = moved(on, 24, { masked, from: MIDDLE })
    for (let x = 0; x < 24; x++) expect(at(x, 60)).toBeLessThan(20)
    expect(at(30, 60)).toBe(red(6))
  })

  test('leaves no second thing: one that the frame does not cut ends where it ends', () => {
    const at = moved((x, y) => x >= 10 && x < 50 && y >= 30 && y < 90, 60, { from: MIDDLE })
    for (let x = 0; x < 60; x++) expect(at(x, 60)).toBeLessThan(20)
  })
})

test('the mirror image of a piece has little of the body that it runs into', () => {
  // A limb of 20 rows, at the frame and one pixel further, on a body of 120.
  const [width, height] = [12, 120]
  const limb = (row: number) => row >= 20 && row < 40
  const rgba = new Uint8ClampedArray(4 * width * height)
  const alpha = new Float32Array(width * height)
  for (let at = 0; at < alpha.length; at++) {
    const row = Math.floor(at / width)
    rgba.set([2 * row, 0, 0, 255], 4 * at)
    alpha[at] = at % width > 1 || limb(row) ? 1 : 0
  }
  const stretched = { left: 0, top: 0, right: 0, bottom: 0 }
  const beyond = { left: 6, top: 0, right: 0, bottom: 0, stretched }
  const whole = withBeyond({ left: 0, top: 0, width, height, rgba, alpha, border: alpha }, beyond)
  // With each pixel the limb's source is at most three rows wider on each side.
  for (let deep = 0; deep < 6; deep++)
    for (let row = 0; row < height; row++) {
      const at = row * whole.width + 5 - deep
      if (whole.alpha[at] === 0) continue
      const wider = 3 * Math.max(0, deep - 1)
      expect(whole.rgba[4 * at]).toBeGreaterThanOrEqual(2 * (20 - wider))
      expect(whole.rgba[4 * at]).toBeLessThan(2 * (40 + wider))
    }
  expect(whole.alpha[30 * whole.width + 3]).toBe(1)
})

test('hairs beside a thing do not say where its mirror image ends', () => {
  // A slab of rows 10 to 30, with a hair below it from the third pixel on.
  const [width, height] = [20, 60]
  const rgba = new Uint8ClampedArray(4 * width * height).fill(99)
  const border = Float32Array.from({ length: width * height }, (_, at) => {
    const row = Math.floor(at / width)
    return row >= 10 && row < 30 ? 1 : 0
  })
  const alpha = border.map((share, at) =>
    at % width > 2 && at < 45 * width && at >= 10 * width ? 1 : share,
  )
  const stretched = { left: 0, top: 0, right: 0, bottom: 0 }
  const beyond = { left: 16, top: 0, right: 0, bottom: 0, stretched }
  const cut = { left: 0, top: 0, width, height, rgba, alpha, border }
  const whole = withBeyond(cut, beyond)
  for (let col = 0; col < 16; col++)
    for (let row = 0; row < height; row++)
      expect(whole.alpha[row * whole.width + col]).toBe(row >= 10 && row < 30 ? 1 : 0)
})

test('every side is stretched in the same way', () => {
  const [deep, count] = [9, 5]
  const size = { left: { width: deep, height: count }, top: { width: count, height: deep } }
  /** A picture whose grey and alpha depend on how deep a pixel is before a side of the frame, and on where along it. */
  const before = (name: 'left' | 'right' | 'top' | 'bottom') => {
    const isAcross = name === 'left' || name === 'right'
    const { width, height } = isAcross ? size.left : size.top
    const place = (x: number, y: number) => {
      const [depth, along] = isAcross ? [x, y] : [y, x]
      return { depth: name === 'right' || name === 'bottom' ? deep - 1 - depth : depth, along }
    }
    const rgba = new Uint8ClampedArray(4 * width * height)
    const alpha = new Float32Array(width * height)
    for (let at = 0; at < alpha.length; at++) {
      const { depth, along } = place(at % width, Math.floor(at / width))
      rgba.set([10 + 3 * depth ** 2 + along, 0, 0, 255], 4 * at)
      alpha[at] = along === 0 && depth < 3 ? 0 : 1
    }
    const none = { left: 0, top: 0, right: 0, bottom: 0 }
    const beyond = { ...none, [name]: 3, stretched: { ...none, [name]: 7 } }
    const whole = withBeyond({ left: 0, top: 0, width, height, rgba, alpha, border: alpha }, beyond)
    // By depth, from beyond the frame on, and along.
    return Array.from({ length: (deep + 3) * count }, (_, i) => {
      const [from, along] = [Math.floor(i / count), i % count]
      const far = name === 'right' || name === 'bottom' ? deep + 2 - from : from
      const at = isAcross ? along * whole.width + far : far * whole.width + along
      return [whole.rgba[4 * at], whole.alpha[at]]
    })
  }
  const left = before('left')
  for (const name of ['right', 'top', 'bottom'] as const) expect(before(name)).toEqual(left)
  // What is stretched begins with the colour at the frame, and ends where it has its own again.
  expect(left[1]?.[0]).toBe(11)
  expect(left[11 * count + 1]?.[0]).toBe(10 + 3 * 64 + 1)
})

test('a corner has what is beyond both of its sides', () => {
  const cut = {
    left: 0,
    top: 0,
    width: 2,
    height: 2,
    alpha: Float32Array.of(1, 1, 1, 1),
    border: Float32Array.of(1, 1, 1, 1),
    rgba: Uint8ClampedArray.from([1, 2, 3, 4].flatMap((value) => [value, 0, 0, 255])),
  }
  const stretched = { left: 0, top: 0, right: 0, bottom: 0 }
  const beyond = { left: 1, top: 1, right: 0, bottom: 2, stretched }
  const whole = withBeyond(cut, beyond)
  expect(whole).toMatchObject(beyondRectangle(cut, beyond))
  const reds = Array.from({ length: 5 }, (_, row) =>
    [0, 1, 2].map((col) => whole.rgba[4 * (3 * row + col)]),
  )
  expect(reds).toEqual([
    [1, 1, 2],
    [1, 1, 2],
    [3, 3, 4],
    [3, 3, 4],
    [1, 1, 2],
  ])
  expect([...whole.alpha]).toEqual(Array(15).fill(1))
})
