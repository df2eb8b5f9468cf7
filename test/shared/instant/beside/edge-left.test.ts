/** Edges that a rim of four pixels around a thing leaves. */

import { expect, test } from 'vitest'
import { edgeLeft } from '../../../../shared/instant/beside/edge-left.ts'

const SIZE = { width: 90, height: 60 }
const RIM = 4
const MOST = 8
/** The thing ends here, and its outline. */
const END = 40
const outline = { left: 0, top: 0, ...SIZE, inside: flags((x) => x < END) }

function flags(on: (x: number, y: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, at) =>
    on(at % SIZE.width, Math.floor(at / SIZE.width)) ? 1 : 0,
  )
}

/** Dark on grey: `share` says how much of a pixel is dark, `grain` what is added to the ground. */
function left(share: (x: number) => number, grain = (_x: number, _y: number) => 0): number[] {
  const data = new Uint8ClampedArray(4 * SIZE.width * SIZE.height)
  for (let at = 0; at < SIZE.width * SIZE.height; at++) {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)]
    const own = share(x)
    const level = own * 40 + (1 - own) * (150 + grain(x, y))
    data.set([level, level, level, 255], 4 * at)
  }
  const found = edgeLeft({ ...SIZE, data }, outline, RIM, MOST)
  const row = found.subarray(30 * SIZE.width, 31 * SIZE.width)
  return [...row.keys()].filter((x) => row[x] === 1)
}

/** Pixels 39 + 5 to 39 + 8: above the rim, up to the most. */
const RING = [44, 45, 46, 47]

test('an edge that is blurred over twelve pixels is left beyond the rim, a sharp one is not', () => {
  expect(left((x) => Math.max(0, Math.min(1, (END + 8 - x) / 12)))).toEqual(RING)
  expect(left((x) => (x < END ? 1 : 0))).toEqual([])
})

test('an edge six pixels further out is left', () => {
  expect(left((x) => (x < END + 6 ? 1 : 0))).toEqual(RING)
})

test('what is no more than the texture of the ground is none', () => {
  const faint = (x: number) => (x < END ? 1 : x < END + 8 ? 0.1 : 0)
  expect(left(faint)).toEqual(RING)
  const coarse = (x: number, y: number) => 20 * (Math.floor(x / 3 + y / 4) % 3) - 20
  expect(left(faint, coarse)).toEqual([])
})
