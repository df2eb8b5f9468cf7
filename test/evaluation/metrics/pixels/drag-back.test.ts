import { expect, test } from 'vitest'
import type { EvaluationCase } from '../../../../evaluation/case.ts'
import { dragBack } from '../../../../evaluation/metrics/pixels/drag-back.ts'
import { decodePicture, type Picture } from '../../../../evaluation/picture.ts'
import { caseOf, dragged, drawn, flags, measured, never } from '../../drawn.ts'

const size = { width: 40, height: 20 }
const thing = (x: number, y: number) => x >= 5 && x < 11 && y >= 5 && y < 11
const photo = drawn(size, (x, y) => (thing(x, y) ? 200 : 50))
const moved = drawn(size, (x, y) => (thing(x - 15, y) ? 200 : 50))
const mask = { kind: 'object' as const, mask: { ...size, data: flags(size, thing) } }
const pin = dragged([38, 2], [38, 2])
const one = caseOf(size, [dragged([7, 7], [22, 7]), pin], { mask })

/** An engine that keeps what it is asked, and answers one picture. */
function answering(picture: Picture) {
  const asked: EvaluationCase[] = []
  const edit = async (back: EvaluationCase) => {
    asked.push(back)
    return { picture, timings: {}, record: {} }
  }
  return { asked, engine: { name: 'answering', edit, close: async () => {} } }
}

test('edits the result back: reversed drags, on the landed thing', async () => {
  const { asked, engine } = answering(photo)
  const columns = await dragBack.measure(measured(one, photo, moved, {}, engine), never)
  expect(columns).toEqual({ psnr: 100, 'inside-psnr': 100 })
  const [back] = asked
  expect(back?.drags).toEqual([dragged([22, 7], [7, 7]), pin])
  expect(back?.mask?.mask.data).toEqual(flags(size, (x, y) => thing(x - 15, y)))
  expect((await decodePicture(back?.photo ?? new Uint8Array())).data).toEqual(moved.data)
  expect(back?.id).not.toBe(one.id)
})

test('is the difference to the photo, of the whole and inside the mask', async () => {
  const { engine } = answering(drawn(size, (x, y) => (thing(x, y) ? 190 : 50)))
  const columns = await dragBack.measure(measured(one, photo, moved, {}, engine), never)
  // 36 of 800 pixels are wrong by 10.
  expect(columns.psnr).toBeCloseTo(10 * Math.log10(255 ** 2 / ((100 * 36) / 800)), 9)
  expect(columns['inside-psnr']).toBeCloseTo(10 * Math.log10(255 ** 2 / 100), 9)
})

test('leaves results alone that were made elsewhere', async () => {
  const elsewhere = measured(one, photo, moved, { timings: {} })
  expect(await dragBack.measure(elsewhere, never)).toEqual({})
})
