/** Things in boxes: what SAM is asked, what is believed, and an edit whose result is known. */

import sharp from 'sharp'
import { expect, test } from 'vitest'
import { instantEngine } from '../../../gpu-worker/instant/engine.ts'
import { prepareLocally } from '../../../gpu-worker/local/prepare.ts'
import type { EditSam } from '../../../gpu-worker/mask/edit-sam.ts'
import { findInBoxes } from '../../../gpu-worker/mask/find-in-boxes.ts'
import { resolveWork } from '../../../gpu-worker/resolve-work.ts'
import type { Prompt } from '../../../gpu-worker/sam/prompt.ts'
import { type Mask, maskOfThing, thingNumbers } from '../../../shared/mask.ts'
import { whiteOn } from '../../fixtures/drawing.ts'
import { photoOf, standIn } from './stand-in.ts'

const SIZE = { width: 400, height: 200 }
const LEFT = [40, 60, 60, 60] as const
const RIGHT = [280, 60, 60, 60] as const
const photo = await photoOf(SIZE, [LEFT, RIGHT])
/** The boxes of the squares, four pixels wider on each side. */
const boxes = [
  [280, 90, 620, 260],
  [280, 690, 620, 860],
] as const
const move = (from: readonly number[], to: readonly number[]) => ({ from, to, rotate: 0 })
const { signal } = new AbortController()
const search = (sam: EditSam | null) => ({ photo, photoSize: SIZE, sam, signal })

const squareIn = ({ box }: Prompt) => whiteOn(SIZE, (box?.left ?? 0) < 200 ? LEFT : RIGHT)
const area = ({ data }: Mask) => data.reduce((sum, value) => sum + value, 0)
const moves = [move(boxes[1], boxes[0]), move(boxes[0], boxes[1])]

test('SAM is asked for each box, and things have the numbers of the moves', async () => {
  const { sam, asked } = standIn(squareIn)
  const { mask, foundBy, warnings } = await findInBoxes(search(sam), moves)
  expect(asked).toEqual([
    { points: [], box: { left: 276, top: 56, width: 68, height: 68 } },
    { points: [], box: { left: 36, top: 56, width: 68, height: 68 } },
  ])
  expect([foundBy, warnings, thingNumbers(mask)]).toEqual(['sam', [], [1, 2]])
  expect(maskOfThing(mask, 1)).toEqual(whiteOn(SIZE, RIGHT))
  expect(maskOfThing(mask, 2)).toEqual(whiteOn(SIZE, LEFT))
})

test('without SAM, and where SAM means something else, colours find the thing', async () => {
  const { sam } = standIn(() => whiteOn(SIZE, [0, 0, 400, 200]))
  for (const asked of [null, sam]) {
    const { mask, foundBy } = await findInBoxes(search(asked), [move(boxes[0], boxes[1])])
    expect(foundBy).toBe('colours')
    expect(Math.abs(area(mask) - 3600)).toBeLessThan(240)
  }
})

test('a smaller thing lies on a larger one', async () => {
  const { sam } = standIn(({ box }) =>
    whiteOn(SIZE, (box?.width ?? 0) < 100 ? LEFT : [0, 40, 200, 100]),
  )
  const large = [180, 0, 720, 500]
  const { mask } = await findInBoxes(search(sam), [move(boxes[0], boxes[1]), move(large, large)])
  expect(area(maskOfThing(mask, 1))).toBe(3600)
  expect(area(maskOfThing(mask, 2))).toBe(200 * 100 - 3600)
})

test('an instant edit moves the thing of a box to the other, to the pixel', async () => {
  const { sam } = standIn(squareIn)
  const fields = { moves: [move(boxes[0], [280, 440, 620, 610])], seed: 1 }
  const request = { photo, mask: null, affects: null, fields }
  const { job } = await prepareLocally(request, 'instant', false)
  const engine = instantEngine(sam, null, { providers: [], device: 'cpu' } as never)
  const { bytes } = (await engine(job, () => {}, signal)) as unknown as { bytes: Uint8Array }
  const { data } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => [...data.subarray(3 * (y * 400 + x), 3 * (y * 400 + x) + 3)]
  // 350 thousandths of 400 pixels are 140.
  for (const [x, y] of [
    [190, 70],
    [210, 90],
    [230, 110],
  ] as const)
    expect(at(x, y)).toEqual([0xe0, 0x20, 0x20])
  for (const [x, y] of [
    [70, 90],
    [50, 110],
    [170, 90],
    [250, 90],
  ] as const)
    expect(at(x, y)).toEqual([0x99, 0x99, 0x99])
  expect(at(310, 90)).toEqual([0xe0, 0x20, 0x20])
})

test('a transformer moves the tokens of what is found in the box', async () => {
  const { sam } = standIn(squareIn)
  const fields = { moves: [move(boxes[0], [280, 465, 620, 635])], model: 'embedded', steps: 1 }
  const request = { photo, mask: null, affects: null, fields }
  const { job } = await prepareLocally(request, 'embedded', false)
  expect(job.work.kind).toBe('boxes')
  const { plan, found } = await resolveWork({ ...job, sam, signal })
  expect(found?.mask).toMatchObject({ given: false, foundBy: 'sam', iterations: 1 })
  const { cols } = job.grid
  // 375 thousandths of the photo's width.
  for (const [i, target] of plan.targets.entries()) {
    const shift = (target % cols) - ((plan.sources[i] as number) % cols)
    expect(Math.abs(shift - 0.375 * cols)).toBeLessThanOrEqual(0.5)
  }
})
