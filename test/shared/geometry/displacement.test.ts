import { describe, expect, test } from 'vitest'
import { evaluateField, roundDisplacement } from '../../../shared/geometry/displacement.ts'

const field = (anchors: [u: number, v: number, du: number, dv: number][], power = 2) => ({
  anchorU: Float64Array.from(anchors, (a) => a[0]),
  anchorV: Float64Array.from(anchors, (a) => a[1]),
  du: Float64Array.from(anchors, (a) => a[2]),
  dv: Float64Array.from(anchors, (a) => a[3]),
  power,
})
const at = (f: ReturnType<typeof field>, u: number, v: number) => ({
  ...evaluateField(f, u, v, { du: 0, dv: 0 }),
})

describe('evaluateField', () => {
  test('one anchor moves everything by its own vector, however far away', () => {
    const d = at(field([[0, 0, 3.25, -1.5]]), 1000, 700)
    expect(d.du).toBeCloseTo(3.25, 12)
    expect(d.dv).toBeCloseTo(-1.5, 12)
  })

  test('weights are inverse squares of distance: 1 and 1/9 at distances 1 and 3', () => {
    // (1 * 10 + 1/9 * 0) / (1 + 1/9) = 9
    expect(
      at(
        field([
          [0, 0, 10, 0],
          [4, 0, 0, 20],
        ]),
        1,
        0,
      ),
    ).toEqual({ du: expect.closeTo(9, 12), dv: expect.closeTo(2, 12) })
  })

  test('power 4 weighs distances 1 and 3 as 81 to 1', () => {
    expect(
      at(
        field(
          [
            [0, 0, 82, 0],
            [4, 0, 0, 0],
          ],
          4,
        ),
        1,
        0,
      ).du,
    ).toBeCloseTo(81, 10)
  })

  test('with power 16 the nearest anchor has almost all the weight, without overflow far away', () => {
    const far = field(
      [
        [0, 0, 1, 0],
        [0, 1e6, -1, 0],
      ],
      16,
    )
    expect(at(far, 0, 4e5).du).toBeGreaterThan(0.99)
    expect(at(far, 0, 6e5).du).toBeLessThan(-0.99)
  })

  test('at an anchor it is exactly its vector; of two anchors in one place, the first', () => {
    expect(
      at(
        field([
          [2, 2, 1, 1],
          [2, 2, 5, 5],
          [0, 0, 9, 9],
        ]),
        2 + 5e-7,
        2,
      ),
    ).toEqual({ du: 1, dv: 1 })
  })
})

test.each([
  [0.5, 0],
  [-0.5, 0],
  [1.5, 1],
  [-1.5, -1],
  [0.5 + 1e-10, 0],
  [0.5 + 1e-8, 1],
  [-0.5 - 1e-8, -1],
  [2.4, 2],
  [-2.6, -3],
  [0, 0],
])('roundDisplacement(%d) is %d: nearest integer, halves toward zero', (value, rounded) => {
  expect(Object.is(roundDisplacement(value), rounded)).toBe(true)
})
