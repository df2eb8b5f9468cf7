/** What a click has left of a thing, by masks drawn by hand. */

import { expect, test } from 'vitest'
import {
  boxAround,
  boxesAround,
  completes,
  inBox,
  replaces,
  surestThings,
} from '../../../gpu-worker/sam/candidates.ts'
import { whiteOn } from '../../fixtures/drawing.ts'

const white = whiteOn.bind(null, { width: 200, height: 100 })
const sure = (mask: ReturnType<typeof white>, score = 0.95) => ({ mask, score })
/** A cup of 1,600 pixels, and with its handle of 200. */
const cup = white([40, 20, 40, 40])
const whole = white([40, 20, 40, 40], [80, 30, 10, 20])

test('what a box has more than a click is the rest of the thing: small, and nearly as sure', () => {
  expect(completes(sure(cup), sure(whole))).toBe(true)
  expect(completes(sure(cup, 1), sure(whole, 0.97))).toBe(true)
  expect(completes(sure(cup, 1), sure(whole, 0.96))).toBe(false)
  expect(completes(sure(cup, 0.8), sure(whole, 0.89))).toBe(false)
  // Nothing more.
  expect(completes(sure(whole), sure(white([40, 20, 40, 40], [80, 30, 10, 19])))).toBe(false)
  // With a thing beside it, of 410 pixels; and one that shares too little with it.
  expect(completes(sure(cup), sure(white([40, 20, 40, 40], [80, 20, 10, 41])))).toBe(false)
  expect(completes(sure(cup), sure(white([43, 20, 40, 40])))).toBe(false)
})

test('what SAM is unsure of gives way to what it is sure of in the box around that', () => {
  const chair = white([40, 20, 40, 25])
  expect(replaces(sure(cup, 0.8), sure(chair, 0.95))).toBe(true)
  expect(replaces(sure(cup, 0.9), sure(chair, 0.95))).toBe(false)
  expect(replaces(sure(cup, 0.7), sure(chair, 0.85))).toBe(false)
  expect(replaces(sure(cup, 0.8), sure(white([40, 20, 40, 19]), 0.95))).toBe(false)
  expect(replaces(sure(cup, 0.8), sure(white([0, 0, 200, 60]), 0.95))).toBe(false)
})

test('parts are looked for around the two surest things that are no ground', () => {
  const spot = sure(white([50, 30, 10, 10]), 0.9)
  const dot = sure(white([50, 30, 5, 5]), 0.89)
  const unsure = sure(white([30, 10, 90, 60]), 0.69)
  const ground = sure(white([0, 50, 200, 50]), 0.99)
  expect(surestThings([dot, spot, sure(cup), unsure, ground])).toEqual([sure(cup), spot])
  expect(surestThings([unsure, ground])).toEqual([])
})

test('a box around a mask is wider by a part of its longer side, and stays in the photo', () => {
  const box = boxAround(white([10, 40, 80, 20]), 0.25)
  expect(box).toEqual({ left: 0, top: 20, width: 110, height: 60 })
})

test('of four boxes around a click the widest is cut at the photo, and its answer counts less', () => {
  const boxes = boxesAround({ x: 100, y: 50 }, { width: 200, height: 100 })
  expect(boxes.map(({ width, height }) => [width, height])).toEqual([
    [30, 30],
    [70, 70],
    [140, 100],
    [200, 100],
  ])
  const scores = boxes.map((box) => inBox(sure(cup, 0.99), box).score)
  expect(scores).toEqual([0.99, 0.99, 0.99, 0.97])
})
