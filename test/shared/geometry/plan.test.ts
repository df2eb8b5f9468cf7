import { describe, expect, test } from 'vitest'
import type { Drag } from '../../../shared/drag.ts'
import { defaultPlanOptions, type PlanOptions, planDrags } from '../../../shared/geometry/plan.ts'
import { centre, type Drawing, drag, draw, show } from '../../fixtures/drawing.ts'

const plan = (scene: Drawing, drags: readonly Drag[], options: Partial<PlanOptions> = {}) =>
  planDrags(scene.image, scene.grid, drags, scene.mask, { ...defaultPlanOptions, ...options })
const errorOf = (scene: Drawing, drags: readonly Drag[], options: Partial<PlanOptions> = {}) => {
  try {
    plan(scene, drags, options)
  } catch (error) {
    return error
  }
  throw new Error('there was no error')
}

const block = draw(
  '..........',
  '.##.......',
  '.##.......',
  '..........',
  '..........',
  '..........',
)

describe('a pure move', () => {
  const moved = plan(block, [drag([1, 1], [3, 6])])

  test('moves every token by the same displacement', () => {
    expect(moved.sourceMask).toEqual([11, 12, 21, 22])
    expect(moved.targets).toEqual([36, 37, 46, 47])
    expect(moved.sources).toEqual([11, 12, 21, 22])
  })

  test('has an edit region of source and target tokens and one token around both', () => {
    expect(show(moved.editRegion, block.grid)).toEqual([
      '####......',
      '####......',
      '####.####.',
      '####.####.',
      '.....####.',
      '.....####.',
    ])
  })

  test('has a wider or narrower edit region if its border is', () => {
    const regionOf = (border: number) =>
      show(plan(block, [drag([1, 1], [3, 6])], { border }).editRegion, block.grid)
    expect(regionOf(0)).toEqual([
      '..........',
      '.##.......',
      '.##.......',
      '......##..',
      '......##..',
      '..........',
    ])
    expect(regionOf(2)).toEqual([
      '#####.....',
      '##########',
      '##########',
      '##########',
      '##########',
      '....######',
    ])
  })

  test('says what moves its parts, for pixels between tokens', () => {
    const drags = [drag([1, 1], [3, 6]), drag([2, 2], [2, 2])]
    expect(plan(block, drags, { power: 3 }).motion).toEqual({ power: 3, parts: [drags] })
  })

  test('is, in tokens, what Inpaint4Drag generates in pixels: landed, revealed, and a band around both', () => {
    // Its parts move by themselves; it generates what is revealed (source without target), dilated,
    // and a band along the target's contour. Where a thing lands, we generate too: tokens, not pixels.
    const two = draw(
      '..........',
      '.##....##.',
      '.##....##.',
      '..........',
      '..........',
      '..........',
    )
    for (const [scene, drags] of [
      [block, [drag([1, 1], [2, 2])]],
      [block, [drag([1, 1], [4, 7])]],
      [two, [drag([1, 1], [2, 3]), drag([1, 7], [3, 7])]],
      [two, [drag([1, 1], [1, 8]), drag([2, 8], [4, 2])]],
    ] as const) {
      const { sourceMask, targets, editRegion } = plan(scene, drags)
      const { cols } = scene.grid
      const near = (tokens: readonly number[]) => (token: number) =>
        tokens.some(
          (other) =>
            Math.abs((other % cols) - (token % cols)) <= 1 &&
            Math.abs(Math.floor(other / cols) - Math.floor(token / cols)) <= 1,
        )
      const revealed = sourceMask.filter((token) => !targets.includes(token))
      const contour = targets.filter((token) =>
        [-cols, -1, 1, cols].some((step) => !targets.includes(token + step)),
      )
      const all = Array.from({ length: cols * scene.grid.rows }, (_, token) => token)
      expect(editRegion).toEqual(
        all.filter(
          (token) => targets.includes(token) || near(revealed)(token) || near(contour)(token),
        ),
      )
    }
  })

  test('rounds the displacement, not the positions: 2.4 tokens are 2, 2.6 are 3', () => {
    const by = (cols: number) =>
      plan(block, [{ handle: centre(1, 1), target: centre(1, 1 + cols) }]).targets[0]
    expect([by(2.4), by(2.5), by(2.6)]).toEqual([13, 13, 14])
  })

  test('does not depend on the position of the handle within its token', () => {
    const handle = { x: 13, y: 18 }
    expect(
      plan(block, [{ handle, target: { x: handle.x + 50, y: handle.y + 20 } }]).targets,
    ).toEqual(moved.targets)
  })

  test('drops tokens that leave the image', () => {
    const out = plan(block, [drag([1, 1], [1, 9])])
    expect(out.targets).toEqual([19, 29])
    expect(out.sources).toEqual([11, 21])
  })
})

test('a plan keeps or drops what was at vacated tokens alone, in both views', () => {
  // Tokens 1, 2, 3 move by one: 1 is vacated, 2 and 3 are left and taken, 4 is covered.
  const row = draw('.###..')
  const views = (change: Partial<PlanOptions>) => {
    const { view, doubleView } = plan(row, [drag([0, 2], [0, 3])], change)
    const pairs = view.tokens.map((token, i) => `${token}@${view.positions[i]}`)
    return [pairs.sort().join(' '), doubleView.join(' ')]
  }
  expect(views({})).toEqual(['0@0 1@2 2@3 3@4 5@5', '0 1 2 3 5'])
  expect(views({ vacated: 'keep' })).toEqual(['0@0 1@1 1@2 2@3 3@4 5@5', '0 1 2 3 5'])
  expect(views({ vacated: 'drop' })).toEqual(['0@0 1@2 2@3 3@4 5@5', '0 2 3 5'])
  expect(views({ vacated: 'drop', pre: false })).toEqual(['0@0 2@2 3@3 5@5', '0 2 3 5'])
})

describe('the source mask', () => {
  test('contains tokens covered by half, and the token of a moving handle if it is covered at all', () => {
    const scene = {
      ...draw('....', '....'),
      mask: { width: 8, height: 4, data: new Uint8Array(32) },
    }
    // Token (0,0) half covered, (0,1) a quarter, (0,2) a quarter; each token is 2x2 mask pixels.
    for (const at of [0, 1, 2, 4]) scene.mask.data[at] = 1
    expect(plan(scene, [drag([0, 0], [1, 0])]).sourceMask).toEqual([0])
    expect(plan(scene, [drag([0, 1], [1, 1])]).sourceMask).toEqual([0, 1])
    expect(plan(scene, [drag([0, 2], [1, 2])]).sourceMask).toEqual([2])
  })

  test('joins tokens that touch at a corner', () => {
    const scene = draw('#....', '.#...', '..#..', '.....')
    expect(plan(scene, [drag([0, 0], [1, 0])]).sourceMask).toEqual([0, 6, 12])
  })

  test('omits components without a moving drag, unless the scope is global', () => {
    const scene = draw('#...#', '#...#', '.....')
    const drags = [drag([0, 0], [0, 2])]
    expect(plan(scene, drags).sourceMask).toEqual([0, 5])
    expect(plan(scene, drags, { scope: 'global' }).sourceMask).toEqual([0, 4, 5, 9])
  })

  test('assigns a handle on the far border to the last row and column', () => {
    const scene = draw('...', '...', '..#')
    expect(plan(scene, [{ handle: { x: 30, y: 30 }, target: { x: 20, y: 20 } }]).targets).toEqual([
      4,
    ])
  })

  test('accepts a handle in an empty token next to a covered one, and that token moves as well', () => {
    expect(plan(block, [drag([0, 0], [2, 0])]).sourceMask).toEqual([0, 11, 12, 21, 22])
  })
})

describe('errors contain the code, the field and the value', () => {
  test('no drags', () => {
    expect(errorOf(block, [])).toMatchObject({ code: 'no_drags' })
  })

  test('a handle or a target outside the image', () => {
    const inside = drag([1, 1], [2, 2])
    const handle = errorOf(block, [inside, { handle: { x: -0.1, y: 5 }, target: { x: 5, y: 5 } }])
    expect(handle).toMatchObject({ code: 'handle_outside_image', pointer: '/drags/1/handle' })
    expect((handle as Error).message).toContain('(-0.1, 5)')
    const target = errorOf(block, [{ handle: centre(1, 1), target: { x: 100.5, y: 5 } }])
    expect(target).toMatchObject({ code: 'target_outside_image', pointer: '/drags/0/target' })
    expect(
      plan(block, [{ handle: centre(1, 1), target: { x: 100, y: 15 } }]).targets.length,
    ).toBeGreaterThan(0)
  })

  test('the first moving handle that is neither on the mask nor next to it', () => {
    const drags = [
      drag([1, 1], [2, 2]),
      drag([5, 5], [5, 5]),
      drag([1, 4], [1, 5]),
      drag([4, 8], [1, 1]),
    ]
    expect(errorOf(block, drags)).toMatchObject({
      code: 'handle_outside_mask',
      pointer: '/drags/2/handle',
    })
  })

  test('a handle next to only another handle: tokens of handles do not count', () => {
    const drags = [drag([0, 3], [0, 5]), drag([0, 4], [0, 6])]
    expect(errorOf(block, drags)).toMatchObject({
      code: 'handle_outside_mask',
      pointer: '/drags/1/handle',
    })
  })

  test('only pins, and nothing that lands', () => {
    expect(errorOf(block, [drag([1, 1], [1, 1])])).toMatchObject({ code: 'nothing_moves' })
    const corner = draw('##...', '##...', '.....')
    // 1.99 tokens up and left round to two, for a block of two by two in the corner.
    expect(
      errorOf(corner, [{ handle: { x: 19.9, y: 19.9 }, target: { x: 0, y: 0 } }]),
    ).toMatchObject({
      code: 'nothing_lands',
    })
  })
})

describe('pins', () => {
  const bar = draw('...........', '.#########.', '...........')

  test('hold their end while the other end is dragged: a stretch without holes', () => {
    const stretched = plan(draw('..............', '.#####........', '..............'), [
      drag([1, 1], [1, 1]),
      drag([1, 5], [1, 10]),
    ])
    expect(stretched.targets).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24])
    expect(stretched.sources[0]).toBe(15)
    expect(stretched.sources.at(-1)).toBe(19)
    expect([...stretched.sources].sort((a, b) => a - b)).toEqual([...stretched.sources])
  })

  test('may lie outside the mask, and belong to the nearest moving component', () => {
    const scene = draw('##......##', '##......##', '..........', '..........')
    // The pin is one token from the right block and six from the left one, which therefore moves
    // rigidly.
    const drags = [drag([0, 0], [2, 0]), drag([0, 9], [2, 9]), drag([0, 7], [0, 7])]
    const result = plan(scene, drags)
    const left = result.targets.filter((index) => index % 10 < 2)
    expect(left).toEqual([20, 21, 30, 31])
    const right = result.targets.filter((index) => index % 10 > 6)
    expect(right).not.toEqual([28, 29, 38, 39])
  })

  test('on a tie between two components, the one with the smallest flat index gets the pin', () => {
    const scene = draw('#.#', '#.#', '...', '...', '...')
    const pinned = plan(scene, [drag([0, 2], [3, 2]), drag([0, 0], [3, 0]), drag([0, 1], [0, 1])])
    // The right one is carried three down whole; of the left one, D(1, 0) = 3 / (1 + 1/2) = 2 makes
    // both tokens land on row 3.
    expect(pinned.targets).toEqual([9, 11, 14])
  })

  test('far from a thing do not change it near the handle', () => {
    const held = plan(bar, [drag([1, 1], [0, 1]), drag([1, 9], [1, 9])])
    expect(held.sources[held.targets.indexOf(1)]).toBe(12)
    expect(held.targets).toContain(20)
  })
})

describe('two components that claim one target', () => {
  const scene = draw('##...', '.....', '##...', '.....')
  const down = drag([0, 0], [1, 3])
  const up = drag([2, 0], [1, 3])

  test('the one whose first drag has the smaller index gets it', () => {
    expect(plan(scene, [down, up]).sources).toEqual([0, 1])
    expect(plan(scene, [up, down]).sources).toEqual([10, 11])
  })

  test('pins count: a first pin in the other component decides', () => {
    const pin = drag([2, 1], [2, 1])
    expect(plan(scene, [pin, down, up]).sources).not.toEqual([0, 1])
  })
})

describe('the coarse region', () => {
  test('bridges a concave mask, and the validity test removes the bridge', () => {
    const scene = draw('........', '.#.#....', '.#.#....', '.###....', '........')
    const moved = plan(scene, [drag([1, 1], [1, 5])])
    expect(show(moved.targets, scene.grid)).toEqual([
      '........',
      '.....#.#',
      '.....#.#',
      '.....###',
      '........',
    ])
  })
})

describe('the strategies of Table IV', () => {
  const scene = draw('..............', '.#####........', '..............')
  const drags = [drag([1, 1], [1, 1]), drag([1, 5], [1, 10])]

  test('forward-source leaves holes where reverse-user has none', () => {
    const forward = plan(scene, drags, { strategy: 'forward-source' })
    expect(forward.targets.length).toBe(5)
    expect(plan(scene, drags).targets.length).toBe(10)
  })

  test('forward-source: if two tokens land on one target, the smaller index wins', () => {
    const shrunk = plan(scene, [drag([1, 1], [1, 3]), drag([1, 5], [1, 3])], {
      strategy: 'forward-source',
    })
    // D is 2, 1.6, 0, -1.6, -2 over columns 1 to 5: they land on 3, 4, 3, 2, 3.
    expect(shrunk.targets).toEqual([16, 17, 18])
    expect(shrunk.sources).toEqual([18, 15, 16])
  })

  test('reverse-inferred agrees on a pure move, and follows the moved tokens in a stretch', () => {
    const move = [drag([1, 1], [0, 4])]
    expect(plan(scene, move, { strategy: 'reverse-inferred' }).sources).toEqual(
      plan(scene, move).sources,
    )
    const inferred = plan(scene, drags, { strategy: 'reverse-inferred' })
    expect(inferred.targets.length).toBeGreaterThan(5)
    expect(inferred.sources).not.toEqual(plan(scene, drags).sources)
  })
})

test('a higher power moves the seam between two opposite drags without tearing the ends', () => {
  const scene = draw('....................', '....############....', '....................')
  const drags = [drag([1, 4], [1, 1]), drag([1, 15], [1, 18])]
  const soft = plan(scene, drags)
  const sharp = plan(scene, drags, { power: 16 })
  for (const result of [soft, sharp]) {
    expect(result.sources[0]).toBe(24)
    expect(result.sources.at(-1)).toBe(35)
  }
  // Near winner-takes-all, each half is moved whole: 12 tokens land, and those in the gap come
  // twice or not at all.
  expect(new Set(sharp.sources).size).toBe(12)
  expect(new Set(soft.sources).size).toBeLessThan(13)
})
