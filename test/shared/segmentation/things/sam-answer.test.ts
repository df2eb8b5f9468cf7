/** Which of SAM's answers are taken. */

import { describe, expect, test } from 'vitest'
import type { Mask } from '../../../../shared/mask.ts'
import { acceptable } from '../../../../shared/segmentation/things/sam-answer.ts'

/** A white rectangle on 20 x 10 pixels. */
function rectangle(left: number, top: number, width: number, height: number): Mask {
  const data = new Uint8Array(20 * 10)
  for (let y = top; y < top + height; y++) data.fill(1, y * 20 + left, y * 20 + left + width)
  return { width: 20, height: 10, data }
}

const sure = (mask: Mask) => ({ mask, score: 0.9 })
const at = { x: 4, y: 4 }
const box = { left: 2, top: 2, width: 8, height: 6 }

describe('an answer is taken', () => {
  const click = { points: [at], box: null }

  test('if SAM is sure, it has the click, and it is not nearly the photo', () => {
    const mask = rectangle(2, 2, 6, 6)
    expect(acceptable([sure(mask)], click, null)).toEqual([sure(mask)])
    expect(acceptable([{ mask, score: 0.79 }], click, null)).toEqual([])
    expect(acceptable([sure(rectangle(5, 2, 6, 6))], click, null)).toEqual([])
    expect(acceptable([sure(mask)], { ...click, off: [{ x: 8, y: 4 }] }, null)).toHaveLength(1)
    expect(acceptable([sure(mask)], { ...click, off: [{ x: 7, y: 4 }] }, null)).toEqual([])
    expect(acceptable([sure(rectangle(0, 0, 15, 10))], click, null)).toHaveLength(1)
    expect(acceptable([sure(rectangle(0, 0, 16, 10))], click, null)).toEqual([])
  })

  test('if SAM is very sure, and it leaves something of the photo', () => {
    const portrait = { mask: rectangle(0, 0, 18, 10), score: 0.97 }
    expect(acceptable([portrait], click, null)).toEqual([portrait])
    expect(acceptable([{ ...portrait, mask: rectangle(0, 0, 20, 10) }], click, null)).toEqual([])
  })

  test('for a box, if it fits the box', () => {
    const boxed = { points: [], box }
    const fits = sure(rectangle(3, 2, 6, 6))
    const small = sure(rectangle(3, 3, 3, 3))
    const large = sure(rectangle(2, 2, 16, 6))
    expect(acceptable([small, fits, large], boxed, null)).toEqual([fits])
    expect(acceptable([sure(rectangle(0, 0, 0, 0))], boxed, null)).toEqual([])
  })

  test('for a lasso, if it is inside the lasso', () => {
    const lassoed = { points: [], box }
    const within = rectangle(2, 2, 4, 6)
    const inside = sure(rectangle(2, 2, 4, 5))
    expect(acceptable([inside, sure(rectangle(2, 2, 8, 6))], lassoed, within)).toEqual([inside])
  })
})
