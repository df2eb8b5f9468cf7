/** Single hairs of a disc, in front of ground that is out of focus and ground that is not. */

import { expect, test } from 'vitest'
import { hairsOf } from '../../../../shared/instant/beside/hairs.ts'

const SIZE = { width: 400, height: 300 }
const [CX, CY, RADIUS] = [200, 150, 40]
const box = { left: CX - RADIUS, top: CY - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS }
type On = (x: number, y: number) => boolean

const thing: On = (x, y) => Math.hypot(x + 0.5 - CX, y + 0.5 - CY) < RADIUS
/** A line of one pixel from the disc to the right, 60 pixels long. */
const hair: On = (x, y) => y === CY && x >= CX + RADIUS - 1 && x < CX + RADIUS + 60
const never: On = () => false
/** Light that changes slowly over the photo. */
const ground = (x: number, y: number) => 120 + 40 * Math.sin(x / 60) + 30 * Math.cos(y / 50)

type Scene = {
  light?: On
  dark?: On
  grain?: On
  stays?: On
  level?: typeof ground
  shift?: number
}

/** The pixels that are taken for hairs. */
function found(scene: Scene): On {
  const { light = never, dark = never, grain = never, stays = never, level = ground } = scene
  const shift = scene.shift ?? 0
  const own: On = (x, y) => thing(x - shift, y)
  const count = SIZE.width * SIZE.height
  const data = new Uint8ClampedArray(4 * count)
  const inside = new Uint8Array(count)
  for (let at = 0; at < count; at++) {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
    inside[at] = own(x, y) ? 1 : 0
    const around = level(x, y) + (grain(x, y) ? 50 : 0)
    const grey = own(x, y) ? 130 : light(x, y) ? 250 : dark(x, y) ? 20 : around
    data.set([grey, grey, grey, 255], 4 * at)
  }
  const { flags, ...part } = hairsOf(
    { ...SIZE, data },
    { inside, box: { ...box, left: box.left + shift }, stays },
  )
  const taken = new Set<number>()
  for (let at = flags.indexOf(1); at !== -1; at = flags.indexOf(1, at + 1)) {
    const [x, y] = [part.left + (at % part.width), part.top + Math.floor(at / part.width)]
    taken.add(y * SIZE.width + x)
  }
  return (x, y) => taken.has(y * SIZE.width + x)
}

/** How many pixels are in both. */
function count(one: On, other: On): number {
  let both = 0
  for (let y = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++) if (one(x, y) && other(x, y)) both++
  return both
}
const outside: On = (x, y) => !thing(x, y)
const near: On = (x, y) => Math.abs(y - CY) <= 6 && x >= CX + RADIUS - 8 && x < CX + RADIUS + 68

test('hairs are found to their ends, lighter and darker than the thing and the ground', () => {
  const whole = count(hair, outside)
  for (const scene of [{ light: hair }, { dark: hair }]) {
    const taken = found(scene)
    expect(count(taken, hair)).toBeGreaterThanOrEqual(whole)
    expect(count(taken, (x, y) => outside(x, y) && !near(x, y))).toBe(0)
  }
})

test('nothing is found on smooth ground', () => {
  expect(count(found({}), outside)).toBe(0)
})

test('a hair that starts far from the thing is none', () => {
  const apart: On = (x, y) => hair(x, y) && x >= CX + RADIUS + 20
  expect(count(found({ light: apart }), outside)).toBe(0)
})

test('ground that is sharp itself has no hairs', () => {
  const grain: On = (x, y) => (x * 7 + y * 13) % 29 === 0
  expect(count(found({ light: hair, grain }), outside)).toBe(0)
})

test('a line that goes on, or on beyond the frame, is none, and no piece of it is', () => {
  const long: On = (x, y) => y === CY && x >= CX + RADIUS - 1 && x < CX + RADIUS + 140
  expect(count(found({ dark: long }), outside)).toBe(0)
  // The frame is 80 pixels from the disc: nearer than hairs may end.
  const perch: On = (x, y) => y === CY && x < CX - 80
  const beside: On = (x, y) => !thing(x + 80, y)
  expect(count(found({ dark: perch, shift: -80 }), beside)).toBe(0)
})

test('something in focus beside the thing is none', () => {
  const rock: On = (x, y) => Math.hypot(x - CX, y - CY - 55) < 40
  const rough: On = (x, y) => rock(x, y) && (x * 7 + y * 13) % 5 < 2
  expect(count(found({ dark: rough }), outside)).toBe(0)
})

test('hairs towards the frame are found on either side, where light changes there, too', () => {
  for (const way of [-1, 1]) {
    const shift = 100 * way
    const toFrame = (x: number) => (way < 0 ? x : SIZE.width - 1 - x)
    const level = (x: number) => 60 + 1.6 * Math.min(60, toFrame(x))
    const own: On = (x, y) => y === CY && toFrame(x) >= 14 && toFrame(x) < 60
    const taken = found({ light: own, level, shift })
    expect(count(taken, own)).toBe(46)
    expect(count(taken, (x, y) => !thing(x - shift, y) && Math.abs(y - CY) > 12)).toBe(0)
  }
})

test('in a large photo hairs are as much longer and wider', () => {
  const by = 4
  const size = { width: 4 * SIZE.width, height: 4 * SIZE.height }
  const data = new Uint8ClampedArray(4 * size.width * size.height)
  const inside = new Uint8Array(size.width * size.height)
  for (let at = 0; at < inside.length; at++) {
    const [x, y] = [Math.floor((at % size.width) / by), Math.floor(at / size.width / by)]
    inside[at] = thing(x, y) ? 1 : 0
    const isHair = hair(x, y) && x < CX + RADIUS + 25
    const level = thing(x, y) ? 130 : isHair ? 250 : ground(x, y)
    data.set([level, level, level, 255], 4 * at)
  }
  const large = {
    left: 4 * box.left,
    top: 4 * box.top,
    width: 4 * box.width,
    height: 4 * box.height,
  }
  const { flags, ...part } = hairsOf({ ...size, data }, { inside, box: large, stays: never })
  const row = 4 * CY + 2 - part.top
  const flagged = (x: number) => flags[row * part.width + x - part.left]
  const along = [10, 40, 80, 99, 120].map((x) => flagged(4 * (CX + RADIUS) + x))
  expect(along).toEqual([1, 1, 1, 1, 0])
})

test('the edge of something large beside the thing is no hair', () => {
  const wall: On = (x) => x >= CX + RADIUS + 12
  expect(count(found({ dark: wall }), outside)).toBe(0)
})

test('what stays is none', () => {
  expect(count(found({ light: hair, stays: hair }), hair)).toBe(0)
})
