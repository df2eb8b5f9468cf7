import { describe, expect, test } from 'vitest'
import { defaultPlanOptions, type PlanOptions, planDrags } from '../../../shared/geometry/plan.ts'
import { rimTokens } from '../../../shared/geometry/reference-view.ts'
import { drag, show, whiteOn } from '../../fixtures/drawing.ts'

const grid = { rows: 5, cols: 8 }
const size = { width: 80, height: 50 }

describe('the tokens that a mask only touches', () => {
  // Tokens of 10 pixels: 9 are covered, as drawn; # moves, S stays. Of 100 pixels, 30 are touched.
  const drawn = (...rows: string[]) => {
    const cells = rows.join('')
    const of = (values: Record<string, number>) => Array.from(cells, (cell) => values[cell] ?? 0)
    const inSource = Uint8Array.from(of({ '#': 1, h: 1 }))
    const coverage = Int32Array.from(of({ '#': 100, S: 100, o: 30, h: 30 }))
    return (reach: number) => {
      const flags = rimTokens(grid, inSource, coverage, 100, reach)
      return show(
        [...flags.keys()].filter((token) => flags[token] === 1),
        grid,
      )
    }
  }
  test('are those near what moves, not the covered ones or a handle’s', () => {
    const rim = drawn('oooo....', 'o##oo...', 'o##h.o..', 'oooo..o.', '........')
    expect(rim(1)).toEqual(['####....', '#..##...', '#.......', '####....', '........'])
    expect(rim(0)).toEqual(new Array(5).fill('........'))
    expect(rim(2)[2]).toBe('#....#..')
  })
  test('are not those beside a part that stays', () => {
    const rim = drawn('ooooo...', 'o##oSSo.', 'ooooo.o.', '........', '........')
    expect(rim(1)).toEqual(['###.....', '#.......', '###.....', '........', '........'])
    expect(rim(8)).toEqual(rim(1))
  })
})

describe('in a plan', () => {
  // 30 x 20 pixels of white from (13, 13): 7, 10, 10 and 3 pixels of columns 1 to 4, and 7, 10 and 3 of
  // rows 1 to 3.
  const mask = whiteOn(size, [13, 13, 30, 20])
  const planOf = (change: Partial<PlanOptions>) =>
    planDrags(size, grid, [drag([1, 2], [1, 6])], mask, { ...defaultPlanOptions, ...change })

  test('they are seen, or hidden from both views; nothing else changes', () => {
    const kept = planOf({})
    const cleared = planOf({ rim: 'clear' })
    // (1, 1) is covered by 49 of 100, less than half; it, row 3 and column 4 are the rim.
    expect(show(kept.sourceMask, grid)).toEqual([
      '........',
      '..##....',
      '.###....',
      '........',
      '........',
    ])
    const rim = [9, 12, 20, 25, 26, 27, 28]
    expect(rim.every((token) => kept.view.tokens.includes(token))).toBe(true)
    const { view, doubleView, ...rest } = cleared
    const { view: before, doubleView: doubleBefore, ...same } = kept
    expect(rest).toEqual(same)
    const inPlace = before.tokens.map(
      (token, i) => rim.includes(token) && before.positions[i] === token,
    )
    expect(view.tokens).toEqual(before.tokens.filter((_, i) => !inPlace[i]))
    expect(view.positions).toEqual(before.positions.filter((_, i) => !inPlace[i]))
    expect(doubleView).toEqual(doubleBefore.filter((token) => !rim.includes(token)))
  })
  test('with no border all are seen: nothing is painted there', () => {
    expect(planOf({ rim: 'clear', border: 0 }).view).toEqual(planOf({ border: 0 }).view)
  })
})
