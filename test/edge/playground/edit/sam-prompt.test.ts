/** What SAM is asked for a thing. */

import { describe, expect, test } from 'vitest'
import { corrected, promptOf } from '../../../../edge/playground/edit/sam-prompt.ts'
import type { Mask } from '../../../../shared/mask.ts'

/** A white rectangle on 20 x 10 pixels. */
function rectangle(left: number, top: number, width: number, height: number): Mask {
  const data = new Uint8Array(20 * 10)
  for (let y = top; y < top + height; y++) data.fill(1, y * 20 + left, y * 20 + left + width)
  return { width: 20, height: 10, data }
}

const stroke = (...points: { x: number; y: number }[]) => ({ points, radius: 1.5 })
const at = { x: 4, y: 4 }
const box = { left: 2, top: 2, width: 8, height: 6 }
const thing = { id: 1, add: [stroke(at)], remove: [], mask: null }

describe('SAM is asked', () => {
  test('for one click, and for a box, whose middle is no click', () => {
    expect(promptOf(thing)).toEqual({ points: [at], box: null })
    expect(promptOf({ ...thing, box })).toEqual({ points: [at], box })
    expect(promptOf({ ...thing, add: [stroke({ x: 6, y: 5 })], box })).toEqual({ points: [], box })
  })

  test('not for strokes and corrections', () => {
    expect(promptOf({ ...thing, add: [stroke(at, { x: 6, y: 4 })] })).toBeNull()
    expect(promptOf({ ...thing, remove: [stroke(at)] })).toBeNull()
    expect(promptOf({ ...thing, previous: rectangle(0, 0, 3, 3) })).toBeNull()
  })

  test('again with each click of Add and Remove, and no more after a stroke', () => {
    const [more, off] = [
      { x: 9, y: 8 },
      { x: 1, y: 1 },
    ]
    const previous = rectangle(0, 0, 3, 3)
    const added = { ...corrected(thing, 'add', stroke(more)), previous }
    expect(promptOf(added)).toEqual({ points: [at, more], off: [], box: null })
    // A hand that trembles.
    const removed = corrected(added, 'remove', stroke(off, { x: 2, y: 1 }))
    expect(promptOf(removed)).toEqual({ points: [at, more], off: [off], box: null })
    const brushed = corrected(removed, 'add', stroke(more, { x: 12, y: 8 }))
    expect(promptOf(brushed)).toBeNull()
    expect(promptOf(corrected(brushed, 'add', stroke(more)))).toBeNull()
  })

  test('in the box or lasso, until a click adds what is outside', () => {
    const boxed = { ...thing, box }
    const clicked = (x: number) => corrected(boxed, 'add', stroke({ x, y: 4 }))
    expect(promptOf(clicked(9))).toEqual({ points: [at, { x: 9, y: 4 }], off: [], box })
    expect(clicked(10)).toEqual({ ...thing, clicks: { points: [at, { x: 10, y: 4 }], off: [] } })
    // Whose first click is then its middle.
    const unclicked = { ...boxed, add: [stroke({ x: 6, y: 5 })] }
    expect(promptOf(corrected(unclicked, 'add', stroke({ x: 10, y: 4 })))).toMatchObject({
      points: [
        { x: 6, y: 5 },
        { x: 10, y: 4 },
      ],
      box: null,
    })
    const lassoed = { ...boxed, within: rectangle(2, 2, 6, 6) }
    expect(corrected(lassoed, 'add', stroke({ x: 7, y: 4 }))).toMatchObject(lassoed)
    expect(corrected(lassoed, 'add', stroke({ x: 9, y: 4 }))).not.toHaveProperty('box')
    expect(corrected(lassoed, 'remove', stroke({ x: 9, y: 4 }))).toMatchObject(lassoed)
  })
})
