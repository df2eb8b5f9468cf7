/** A drawn thing with a shadow on a textured ground: where it goes, the shadow goes, too. */

import { expect, test } from 'vitest'
import type { Drag } from '../../../../shared/drag.ts'
import { editInstantly, type InstantEdit } from '../../../../shared/instant/instant.ts'
import { type Shown, shadeOf } from '../../../../shared/instant/light/shade.ts'
import { Random } from '../../../../shared/instant/random.ts'
import type { Mask } from '../../../../shared/mask.ts'

const SIZE = { width: 320, height: 200 }
const COUNT = SIZE.width * SIZE.height
const BY = 110
const [CX, CY] = [90, 80]

const random = new Random(3)
const GRAIN = Float32Array.from({ length: COUNT }, () => random.below(21) - 10)
const isThing = (x: number, y: number) => (x + 0.5 - CX) ** 2 + (y + 0.5 - CY) ** 2 < 30 ** 2
/** How far into the shadow: 0 outside, 1 in its middle. An ellipse below and to the right of the thing. */
const depth = (x: number, y: number) =>
  Math.max(0, Math.min(1, 2.5 * (1 - Math.hypot((x - CX - 12) / 52, (y - CY - 32) / 26))))

/** The scene with the thing `by` pixels to the right. */
function scene(by: number, thing = true): Uint8ClampedArray {
  const data = new Uint8ClampedArray(4 * COUNT)
  for (let y = 0, at = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++, at++) {
      const level = 150 + 0.1 * x + (GRAIN[at] ?? 0)
      const light = thing ? 1 - 0.5 * depth(x - by, y) : 1
      const colours =
        thing && isThing(x - by, y) ? [190, 50, 40] : [1, 0.95, 0.85].map((k) => k * level * light)
      data.set([...colours, 255], 4 * at)
    }
  return data
}

const maskOf = (on: (x: number, y: number) => boolean): Mask => ({
  ...SIZE,
  data: Uint8Array.from({ length: COUNT }, (_, at) =>
    on(at % SIZE.width, Math.floor(at / SIZE.width)) ? 1 : 0,
  ),
})
/** Drawn around the shadow with room, and over the thing. */
const isAffected = (x: number, y: number) => Math.hypot((x - CX - 12) / 68, (y - CY - 32) / 42) < 1
const AFFECTS = maskOf(isAffected)
const drags: Drag[] = [{ handle: { x: CX, y: CY }, target: { x: CX + BY, y: CY } }]

const edit = (change: Partial<InstantEdit> = {}) =>
  editInstantly(
    { ...SIZE, data: scene(0) },
    {
      drags,
      mask: maskOf(isThing),
      geometry: { scope: 'component', field: 'rigid', power: 2 },
      seed: 1,
      within: null,
      fixed: null,
      affects: AFFECTS,
      shadows: 'keep',
      ...change,
    },
  )

/** Mean difference of the colours where `on`. */
function error(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  on: (x: number, y: number) => boolean,
) {
  let [sum, count] = [0, 0]
  for (let at = 0; at < COUNT; at++) {
    if (!on(at % SIZE.width, Math.floor(at / SIZE.width))) continue
    count++
    for (let k = 0; k < 3; k++) sum += ((one[4 * at + k] ?? 0) - (other[4 * at + k] ?? 0)) / 3
  }
  return Math.abs(sum / count)
}

const shown = (x: number, y: number) => depth(x, y) > 0.9 && !isThing(x, y) && !isThing(x, y - 6)
const moved = (x: number, y: number) => shown(x - BY, y)

test('a shadow goes with its thing, and its ground comes to light', () => {
  const truth = scene(BY)
  const without = edit({ affects: null })
  // Half of the light is missing, of about 150 levels.
  expect(error(without, truth, shown)).toBeGreaterThan(50)
  expect(error(without, truth, moved)).toBeGreaterThan(50)
  const out = edit()
  expect(error(out, truth, shown)).toBeLessThan(10)
  expect(error(out, truth, moved)).toBeLessThan(10)
})

test('a soft shadow that nobody marked is found, inside an editable mask only', () => {
  const truth = scene(BY)
  const found = edit({ affects: null, shadows: 'move' })
  expect(error(found, truth, shown)).toBeLessThan(12)
  expect(error(found, truth, moved)).toBeLessThan(12)
  const within = maskOf((x) => x < CX + 20)
  const before = scene(0)
  const limited = edit({ affects: null, shadows: 'move', within })
  for (let i = 0; i < COUNT; i++) {
    if (i % SIZE.width < CX + 20) continue
    for (let k = 4 * i; k < 4 * i + 4; k++) if (limited[k] !== before[k]) expect.fail(`${i}`)
  }
})

test('where neither thing nor shadow comes from or goes to, every pixel stays', () => {
  const before = scene(0)
  const out = edit()
  const near = (x: number, y: number, by: number) =>
    isAffected(x - by, y) || Math.hypot(x + 0.5 - CX - by, y + 0.5 - CY) < 40
  for (let at = 0; at < COUNT; at++) {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
    if (near(x, y, 0) || [-1, 0, 1].some((more) => near(x, y, BY + more))) continue
    for (let k = 4 * at; k < 4 * at + 4; k++) if (out[k] !== before[k]) expect.fail(`${x} ${y}`)
  }
})

test('what a pin holds keeps its shadow, and so does what is outside an editable mask', () => {
  const before = scene(0)
  const pin = { x: CX + 30, y: CY + 45 }
  const held = edit({ drags: [...drags, { handle: pin, target: pin }] })
  const at = 4 * (pin.y * SIZE.width + pin.x)
  expect([...held.slice(at, at + 4)]).toEqual([...before.slice(at, at + 4)])
  // The shadow is where it may change, but may not land.
  const within = maskOf((x) => x < 160)
  const limited = edit({ within })
  for (let i = 0; i < COUNT; i++) {
    const x = i % SIZE.width
    if (x < 160 || isAffected(x, Math.floor(i / SIZE.width))) continue
    for (let k = 4 * i; k < 4 * i + 4; k++) if (limited[k] !== before[k]) expect.fail(`${i}`)
  }
  expect(error(limited, scene(0, false), (x, y) => shown(x, y) && x < 150)).toBeLessThan(10)
})

test('what nobody marked makes nothing lighter than its ground; a marked reflection does', () => {
  const [width, height] = [120, 80]
  const isIn = (x: number, y: number) => x >= 40 && x < 80 && y >= 25 && y < 55
  const flags = Uint8Array.from({ length: width * height }, (_, at) =>
    Number(isIn(at % width, Math.floor(at / width))),
  )
  // The left half is darker than the ground, the right half lighter.
  const data = new Uint8ClampedArray(4 * width * height)
  flags.forEach((flag, at) => {
    const level = flag === 0 ? 120 : at % width < 60 ? 80 : 180
    data.set([level, level, level, 255], 4 * at)
  })
  const most = (shown: Shown) =>
    shadeOf({ width, height, data }, flags, flags, shown)?.light.reduce(
      (a, b) => Math.max(a, b),
      -1,
    )
  const least = (shown: Shown) =>
    shadeOf({ width, height, data }, flags, flags, shown)?.light.reduce((a, b) => Math.min(a, b), 1)
  for (const shown of ['plain', 'coarse'] as const) {
    expect(most(shown)).toBeLessThan(0.01)
    expect(least(shown)).toBeLessThan(-0.2)
  }
  expect(most('marked')).toBeGreaterThan(0.2)
})
