import { expect, test } from 'vitest'
import { dragMap, shown, withTargets } from '../../../../evaluation/metrics/judge/drag-map.ts'
import { decodePicture, type Picture } from '../../../../evaluation/picture.ts'
import { dragged, drawn } from '../../drawn.ts'

const size = { width: 512, height: 256 }
const photo = drawn(size, () => [0, 128, 0])
const drags = [dragged([100, 100], [300, 100]), dragged([400, 200], [400, 200])]
const at = ({ width, data }: Picture, x: number, y: number) => [
  ...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3),
]
const [RED, BLUE, WHITE, GREEN] = [
  [255, 0, 0],
  [0, 0, 255],
  [255, 255, 255],
  [0, 128, 0],
]

test('red dots on handles, blue dots on targets, white arrows between them', async () => {
  const map = await decodePicture(await dragMap(photo, drags))
  expect(at(map, 100, 100)).toEqual(RED)
  expect(at(map, 300, 100)).toEqual(BLUE)
  expect(at(map, 200, 100)).toEqual(WHITE)
  expect(at(map, 200, 110)).toEqual(GREEN)
  // A pin has no arrow, and its target is its handle.
  expect(at(map, 400, 200)).toEqual(BLUE)
})

test('the result has the targets alone', async () => {
  const marked = await decodePicture(await withTargets(photo, drags))
  expect(at(marked, 300, 100)).toEqual(BLUE)
  expect(at(marked, 100, 100)).toEqual(GREEN)
  expect(at(marked, 200, 100)).toEqual(GREEN)
})

test('a large picture is reduced, and its dots with it', async () => {
  const large = drawn({ width: 2048, height: 1024 }, () => [0, 128, 0])
  const map = await decodePicture(await dragMap(large, [dragged([400, 400], [1200, 400])]))
  expect([map.width, map.height]).toEqual([1024, 512])
  expect(at(map, 200, 200)).toEqual(RED)
  // 10 pixels at 512 are 40 at 2048, and 20 after the reduction.
  expect(at(map, 200, 217)).toEqual(RED)
  expect(at(map, 200, 223)).toEqual(GREEN)
})

test('a picture that fits is shown as it is', async () => {
  expect((await decodePicture(await shown(photo))).data).toEqual(photo.data)
})
