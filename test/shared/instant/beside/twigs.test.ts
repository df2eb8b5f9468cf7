/** Thin parts of a disc that its mask has left beside it. */

import { expect, test } from 'vitest'
import { twigsOf } from '../../../../shared/instant/beside/twigs.ts'

const SIZE = { width: 240, height: 200 }
const [CX, CY, RADIUS] = [120, 100, 40]
const box = { left: CX - RADIUS, top: CY - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS }
type On = (x: number, y: number) => boolean

const thing: On = (x, y) => Math.hypot(x + 0.5 - CX, y + 0.5 - CY) < RADIUS
/** Lines of two pixels from the disc to the right, 16 pixels long. */
const twigs: On = (x, y) => x >= 158 && x < 176 && y >= 80 && y < 120 && y % 10 < 2

/** How many pixels of each place are found, and all others, of what is dark on light ground. */
function found(dark: On, place: On, grain: On = () => false, stays: On = () => false) {
  const count = SIZE.width * SIZE.height
  const data = new Uint8ClampedArray(4 * count)
  const inside = new Uint8Array(count)
  for (let at = 0; at < count; at++) {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
    inside[at] = thing(x, y) ? 1 : 0
    const level = thing(x, y) || dark(x, y) ? 30 : grain(x, y) ? 120 : 210
    data.set([level, level, level, 255], 4 * at)
  }
  const { flags, ...part } = twigsOf({ ...SIZE, data }, { inside, box, stays })
  let [here, elsewhere] = [0, 0]
  for (let at = flags.indexOf(1); at !== -1; at = flags.indexOf(1, at + 1)) {
    const [x, y] = [part.left + (at % part.width), part.top + Math.floor(at / part.width)]
    if (thing(x, y)) continue
    if (place(x, y)) here++
    else elsewhere++
  }
  return { here, elsewhere }
}

const around =
  (on: On, by: number): On =>
  (x, y) => {
    for (let v = -by; v <= by; v++)
      for (let u = -by; u <= by; u++) if (on(x + u, y + v)) return true
    return false
  }
const every: On = () => true
const never: On = () => false

test('twigs of the thing’s colour are found, and what is within two pixels of them', () => {
  const all = [...Array(SIZE.width * SIZE.height).keys()].filter((at) => {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
    return twigs(x, y) && !thing(x, y)
  }).length
  expect(found(twigs, twigs)).toMatchObject({ here: all })
  expect(found(twigs, around(twigs, 2)).elsewhere).toBe(0)
})

test('nothing is found where there are none, or where something else is', () => {
  expect(found(never, every).here).toBe(0)
  expect(found(twigs, every, never, (x) => x >= 150).here).toBe(0)
})

test('a line that does not come from the thing is no twig', () => {
  const apart: On = (x, y) => x >= 170 && x < 178 && y >= 98 && y < 100
  expect(found(apart, every).here).toBe(0)
})

test('the edge of something large is no twig', () => {
  const wall: On = (x) => x >= 168
  expect(found(wall, (x) => x >= 172).here).toBe(0)
})

test('ground that has lines further out, too, has no twigs', () => {
  const lines: On = (_, y) => y % 10 < 2
  expect(found(never, every, lines).here).toBe(0)
})
