/** The warp of Inpaint4Drag and the stretch of FastDrag, against their released code (test/parity/make_golden_peers.py). */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { EvaluationCase } from '../../../evaluation/case.ts'
import { warped } from '../../../evaluation/peers/bidirectional-warp.ts'
import { stretched } from '../../../evaluation/peers/fastdrag-stretch.ts'
import { movingParts } from '../../../evaluation/peers/moving-part.ts'
import { loadCv } from '../../../evaluation/peers/open-cv.ts'
import { halfToEven } from '../../../evaluation/peers/round.ts'
import { decodePicture, type Picture } from '../../../evaluation/picture.ts'

const golden = fileURLToPath(new URL('../../fixtures/golden/peers/', import.meta.url))
const read = async (name: string) => decodePicture(await readFile(`${golden}${name}.png`))
const flags = ({ data }: Picture) =>
  Uint8Array.from({ length: data.length / 4 }, (_, at) => Math.sign(data[4 * at] as number))
/** From the middle of one pixel to that of another. */
const drag = (x: number, y: number, toX: number, toY: number) => ({
  handle: { x: x + 0.5, y: y + 0.5 },
  target: { x: toX + 0.5, y: toY + 0.5 },
})
/** Pixels whose colours differ by more than some levels. */
const differing = (one: Picture, other: Picture, levels: number) =>
  Array.from({ length: one.data.length / 4 }, (_, at) => at).filter((at) =>
    [0, 1, 2].some(
      (i) =>
        Math.abs((one.data[4 * at + i] as number) - (other.data[4 * at + i] as number)) > levels,
    ),
  )

test('the hole is Inpaint4Drag’s, pixel by pixel, and the warp but for one in a hundred', async () => {
  const photo = await read('photo')
  const size = { width: photo.width, height: photo.height }
  const one: EvaluationCase = {
    id: 'golden',
    category: null,
    photo: new Uint8Array(),
    size,
    drags: [drag(18, 36, 14, 28), drag(44, 42, 55, 49), drag(30, 48, 30, 44), drag(77, 17, 90, 29)],
    scored: [],
    mask: null,
    prompt: '',
  }
  const parts = movingParts(one, { ...size, data: flags(await read('mask')) })
  expect(parts.map(({ drags }) => drags.length)).toEqual([1, 3])
  const { picture, revealed, line } = warped(await loadCv(), photo, parts)
  const hole = revealed.map((flag, at) => flag | (line[at] as number))
  expect(hole).toEqual(flags(await read('hole')))
  const wanted = await read('warped')
  const moved = differing(photo, wanted, 0).length
  expect(moved).toBeGreaterThan(1000)
  // In float32 other vectors are the nearest where several are equally near.
  expect(differing(picture, wanted, 0).length).toBeLessThan(moved / 100)
})

test('the stretch is FastDrag’s, pixel by pixel, but for the rounding of what it fills', async () => {
  const photo = await read('photo')
  const drags = [drag(34.3, 30.4, 46.3, 25.4), drag(47.7, 39.2, 44.7, 47.2)]
  const picture = stretched(photo, flags(await read('sheet')), drags)
  const wanted = await read('stretched')
  // Each colour that is filled is rounded, and counts for the next.
  expect(differing(picture, wanted, 2)).toEqual([])
  expect(differing(picture, photo, 2).length).toBeGreaterThan(300)
})

test('halves are rounded to even numbers', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6, -2.6].map((value) => halfToEven(value) + 0)).toEqual(
    [0, 2, 2, 0, -2, 2, 3, -3],
  )
})
