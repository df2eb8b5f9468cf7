/** Parts of a thing that are a few pixels wide survive its outline and its soft edge, in their own colours. */

import { describe, expect, test } from 'vitest'
import type { Size } from '../../../shared/drag.ts'
import { boxOf } from '../../../shared/instant/box.ts'
import { cutOut } from '../../../shared/instant/cut-out.ts'
import { middleOf, signedDistances } from '../../../shared/instant/outline/distances.ts'
import { joinByNecks } from '../../../shared/instant/outline/necks.ts'
import { settledOutline } from '../../../shared/instant/outline/outline.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'

type On = (x: number, y: number) => boolean

function flagsOf({ width, height }: Size, on: On): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) =>
    on(at % width, Math.floor(at / width)) ? 1 : 0,
  )
}

const SIZE = { width: 240, height: 150 }
const WIDTHS = [2, 3, 4, 6]
const body: On = (x, y) => x >= 20 && x < 220 && y >= 20 && y < 70
/** The width of the bar there, 0 on none: they hang 60 pixels down from the body. */
const barAt = (x: number, y: number) =>
  y < 70 || y >= 130
    ? 0
    : (WIDTHS.find((width, i) => x >= 45 + 50 * i && x < 45 + 50 * i + width) ?? 0)

const GREEN = [70, 160, 140]
const BLACK = [24, 25, 26]
const PALE = [215, 210, 200]

/** Smooth blotches over grain on a colour that grows lighter downwards. */
function ground(colour: readonly number[], blotches: number, lighter: number) {
  const random = randomNumbers(5)
  const cells = Float32Array.from({ length: 3 * 32 * 32 }, () => random() - 0.5)
  return (x: number, y: number, channel: number) => {
    const [u, v] = [x / 8, y / 8]
    const [col, row] = [Math.floor(u), Math.floor(v)]
    const cell = (c: number, r: number) => cells[3 * (32 * r + c) + channel] ?? 0
    const upper = cell(col, row) + (u - col) * (cell(col + 1, row) - cell(col, row))
    const lower = cell(col, row + 1) + (u - col) * (cell(col + 1, row + 1) - cell(col, row + 1))
    const smooth = upper + (v - row) * (lower - upper)
    const at = (colour[channel] ?? 0) + lighter * (y / SIZE.height - 0.5)
    return at + blotches * (1.6 * smooth + 0.5 * (random() - 0.5))
  }
}

function photoOf(under: ReturnType<typeof ground>, bars: readonly number[]) {
  const data = new Uint8ClampedArray(4 * SIZE.width * SIZE.height)
  for (let y = 0, at = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++, at += 4) {
      const own = barAt(x, y) > 0 ? bars : body(x, y) ? GREEN : null
      for (let i = 0; i < 3; i++) data[at + i] = own?.[i] ?? under(x, y, i)
      data[at + 3] = 255
    }
  return { ...SIZE, data }
}

const exact: On = (x, y) => body(x, y) || barAt(x, y) > 0
const AROUND = [-2, -1, 0, 1, 2]
const wider: On = (x, y) => AROUND.some((dx) => AROUND.some((dy) => exact(x + dx, y + dy)))

/** By width of bar: the shares of its pixels that are seen, and that are seen in its own colour. */
function keptOf(photo: ReturnType<typeof photoOf>, drawn: On, colour: readonly number[]) {
  const owned = flagsOf(SIZE, drawn)
  const box = boxOf(owned, SIZE)
  if (box === null) throw new Error('nothing is drawn')
  const { alpha, rgba, ...part } = cutOut(photo, settledOutline(photo, owned, box))
  return WIDTHS.map((width) => {
    let [all, seen, own] = [0, 0, 0]
    for (let y = 0; y < SIZE.height; y++)
      for (let x = 0; x < SIZE.width; x++) {
        if (barAt(x, y) !== width) continue
        all++
        const at = (y - part.top) * part.width + x - part.left
        if ((alpha[at] ?? 0) < 0.5) continue
        seen++
        if (colour.every((value, i) => Math.abs((rgba[4 * at + i] ?? 0) - value) < 12)) own++
      }
    return { width, seen: seen / all, own: own / all }
  })
}

describe('bars of 2, 3, 4 and 6 pixels', () => {
  test.each([
    ['black ones on a dark floor', ground([40, 42, 50], 14, 70), BLACK],
    ['black ones on grass', ground([95, 125, 70], 50, 0), BLACK],
    ['pale ones on stone', ground([140, 138, 130], 40, 0), PALE],
  ] as const)('%s', (_, under, colour) => {
    const photo = photoOf(under, colour)
    for (const drawn of [exact, wider])
      for (const { seen, own } of keptOf(photo, drawn, colour)) {
        expect(seen).toBeGreaterThan(0.95)
        expect(own).toBeGreaterThan(0.9)
      }
  })
})

test('a mask around bars that is too wide is not theirs', () => {
  const photo = photoOf(ground([95, 125, 70], 50, 0), BLACK)
  const owned = flagsOf(SIZE, wider)
  const box = boxOf(owned, SIZE)
  if (box === null) throw new Error('nothing is drawn')
  const { inside, ...part } = settledOutline(photo, owned, box)
  const extra = inside.filter(
    (flag, at) =>
      flag === 1 && !exact(part.left + (at % part.width), part.top + Math.floor(at / part.width)),
  )
  // There are 900 pixels of bars, and as many of mask beside them.
  expect(extra.length).toBeLessThan(45)
})

describe('the middle of a part', () => {
  const size = { width: 90, height: 60 }
  const middle = (on: On, deep: number) => {
    const flags = middleOf(signedDistances(flagsOf(size, on), size), size, deep, 0.8)
    return (x: number, y: number) => flags[y * size.width + x] === 1
  }
  const block: On = (x, y) => x >= 10 && x < 50 && y >= 10 && y < 50

  test('is as deep as asked, or the deepest of what is thin', () => {
    const five: On = (x, y) => x >= 50 && x < 80 && y >= 28 && y < 33
    const is = middle((x, y) => block(x, y) || five(x, y), 12)
    for (let x = 10; x < 78; x++) {
      // The rows of the block that are 12 pixels inside are 22 to 37.
      expect([is(x, 21), is(x, 22)]).toEqual([false, x >= 22 && x < 38])
    }
    for (let x = 56; x < 76; x++)
      expect([is(x, 29), is(x, 30), is(x, 31)]).toEqual([false, true, false])
  })

  test('corners, bumps and blunt wedges have none', () => {
    const bump: On = (x, y) => (x - 50) ** 2 + (y - 30) ** 2 < 36
    const wedge: On = (x, y) => x >= 50 && Math.abs(y - 30) < (80 - x) * Math.tan(Math.PI / 9)
    for (const more of [bump, wedge]) {
      const is = middle((x, y) => block(x, y) || more(x, y), 12)
      for (let x = 55; x < 74; x++) expect(is(x, 30)).toBe(false)
      expect(is(12, 12)).toBe(false)
    }
  })
})

test('a thin neck joins two parts again, a wide one does not', () => {
  const size = { width: 100, height: 60 }
  const parts: On = (x, y) => (x < 30 || x >= 70) && y >= 10 && y < 50 && x >= 5 && x < 95
  const joined = (thickness: number) => {
    const drawn = flagsOf(
      size,
      (x, y) => parts(x, y) || (Math.abs(y - 30) * 2 < thickness && x >= 30 && x < 70),
    )
    const inside = flagsOf(size, parts)
    joinByNecks(inside, drawn, signedDistances(drawn, size), size)
    return { inside, drawn }
  }
  const thin = joined(5)
  expect(thin.inside).toEqual(thin.drawn)
  expect(joined(14).inside).toEqual(flagsOf(size, parts))
})
