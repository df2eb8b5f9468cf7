import { describe, expect, test } from 'vitest'
import { plate } from '../../../../edge/playground/preview/plate.ts'
import { Preview } from '../../../../edge/playground/preview/preview.ts'
import type { Drag } from '../../../../shared/drag.ts'
import { fieldKinds, partFields } from '../../../../shared/geometry/fields/part-fields.ts'
import { CELL, pixelDisplacement, sweep } from '../../../../shared/geometry/fields/pixel-field.ts'
import { planDrags } from '../../../../shared/geometry/plan.ts'
import { type Mask, maskOfThings } from '../../../../shared/mask.ts'
import type { Pixels } from '../../../../shared/segmentation/lab.ts'
import { sized } from '../../../size.ts'

const WIDTH = 256
const HEIGHT = 192
const grid = { rows: 24, cols: 32 }
/** The paper's, which moves tokens. */
const FIELD = { field: 'inverse-distance', power: 2 } as const

/** Each pixel has a different colour. */
function photo(): Pixels {
  const data = new Uint8Array(4 * WIDTH * HEIGHT)
  for (let at = 0; at < WIDTH * HEIGHT; at++)
    data.set([at % WIDTH, Math.floor(at / WIDTH), 77, 255], 4 * at)
  return { width: WIDTH, height: HEIGHT, data }
}

function rectangle(left: number, top: number, right: number, bottom: number): Mask {
  const data = new Uint8Array(WIDTH * HEIGHT)
  for (let y = top; y < bottom; y++) data.fill(1, y * WIDTH + left, y * WIDTH + right)
  return { width: WIDTH, height: HEIGHT, data }
}

const colour = (preview: Preview, x: number, y: number) =>
  [...preview.bytes.subarray(4 * (y * WIDTH + x), 4 * (y * WIDTH + x) + 2)] as [number, number]
const move = (x: number, y: number, dx: number, dy: number): Drag => ({
  handle: { x, y },
  target: { x: x + dx, y: y + dy },
})

describe('the field interpolated on the lattice', () => {
  let state = 20261124
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const point = () => ({ x: WIDTH * random(), y: HEIGHT * random() })

  test.each(fieldKinds)(
    'is within half a pixel of the field at every pixel: %s',
    { timeout: 120_000 },
    (field) => {
      let worst = 0
      let alone = 0
      let pixels = 0
      for (const power of [2, 4])
        for (
          let round = 0;
          round < sized(field === 'rigid' ? 10 : 50, field === 'rigid' ? 40 : 200);
          round++
        ) {
          const count = 1 + Math.floor(12 * random())
          // As in an edit: up to a third of the picture's width, in any direction.
          const list = Array.from({ length: count }, () => {
            const handle = point()
            const [length, angle] = [(WIDTH / 3) * random(), 2 * Math.PI * random()]
            return move(handle.x, handle.y, length * Math.cos(angle), length * Math.sin(angle))
          })
          const all = { tokens: [], drags: list.map((_, i) => i) }
          const size = { width: WIDTH, height: HEIGHT }
          const { reverse } = partFields(size, grid, list, all, { field, power })
          const cells = { left: 0, top: 0, cols: WIDTH / CELL, rows: HEIGHT / CELL }
          const d = { du: 0, dv: 0 }
          let seen = 0
          let off = 0
          sweep(
            reverse,
            cells,
            () => true,
            (x, y, count, dx, dy, stepX, stepY) => {
              seen += count
              if (count === 1) alone++
              for (let i = 0; i < count; i++) {
                pixelDisplacement(reverse, x + i + 0.5, y + 0.5, d)
                off = Math.max(off, Math.hypot(dx + i * stepX - d.du, dy + i * stepY - d.dv))
              }
            },
          )
          pixels += seen
          worst = Math.max(worst, off)
          expect(seen).toBe(WIDTH * HEIGHT)
          expect(off).toBeLessThanOrEqual(0.5)
        }
      console.log(
        `lattice, ${field}: at most ${worst.toFixed(3)} px off, ${((100 * alone) / pixels).toFixed(0)} % of the pixels one by one`,
      )
    },
  )
})

describe('a preview', () => {
  test('shows a moved thing pixel by pixel, fills its old place and changes nothing else', () => {
    const preview = new Preview(photo(), grid)
    preview.setMask(rectangle(40, 40, 88, 88))
    preview.draw([move(64, 64, 100, 24)], FIELD)
    for (let y = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) {
        const landed = x >= 140 && x < 188 && y >= 64 && y < 112
        const vacated = x >= 40 && x < 88 && y >= 40 && y < 88
        if (landed) expect(colour(preview, x, y)).toEqual([x - 100, y - 24])
        else if (!vacated) expect(colour(preview, x, y)).toEqual([x, y])
      }
    // The photo is a colour slope, so the fill is one, too, apart from the hatch.
    const base = [48, 56, 64, 72, 80].map((x) => colour(preview, x, 64 + ((x / 2) % 2)))
    expect(base.every(([red]) => red > 20)).toBe(true)
  })

  test('shows the photo again when the drag is undone, and reports what changed', () => {
    const preview = new Preview(photo(), grid)
    preview.setMask(rectangle(40, 40, 88, 88))
    preview.draw([move(64, 64, 20, 0)], FIELD)
    const dirty = preview.draw([move(64, 64, 24, 0)], FIELD)
    expect(dirty.right - dirty.left).toBeLessThan(WIDTH)
    expect(dirty.left).toBeLessThanOrEqual(60)
    expect(dirty.right).toBeGreaterThanOrEqual(112)
    preview.draw([move(64, 64, 0, 0)], FIELD)
    expect(colour(preview, 64, 64)).toEqual([64, 64])
    preview.draw([], FIELD)
    expect([...preview.bytes]).toEqual([...photo().data])
  })

  test('moves each part with its own drags; where two overlap, the first drag is on top', () => {
    const data = rectangle(16, 40, 64, 88).data.map(
      (value, i) => value | (rectangle(160, 40, 208, 88).data[i] as number),
    )
    const preview = new Preview(photo(), grid)
    preview.setMask({ width: WIDTH, height: HEIGHT, data })
    preview.draw([move(40, 64, 64, 0), move(184, 64, -64, 0)], FIELD)
    // Both land at 96 to 128; the first drag is on top.
    expect(colour(preview, 100, 64)).toEqual([36, 64])
    expect(colour(preview, 140, 64)).toEqual([204, 64])
  })

  test('agrees with the tokens of the edit', () => {
    const mask = rectangle(48, 32, 144, 128)
    const drags = [move(64, 48, 40, 10), move(128, 112, 8, 30), move(64, 112, 0, 0)]
    const preview = new Preview(photo(), grid)
    preview.setMask(mask)
    preview.draw(drags, FIELD)
    const plan = planDrags(preview, grid, drags, mask)
    let compared = 0
    plan.targets.forEach((target, i) => {
      const source = plan.sources[i] as number
      const from = { x: 8 * (source % grid.cols) + 4, y: 8 * Math.floor(source / grid.cols) + 4 }
      // At the mask's edge, half a token decides whether there is a source.
      if (from.x < 56 || from.x >= 136 || from.y < 40 || from.y >= 120) return
      const [x, y] = [8 * (target % grid.cols) + 4, 8 * Math.floor(target / grid.cols) + 4]
      const [red, green] = colour(preview, x, y)
      // The edit rounds to whole tokens and the preview does not, so they differ by up to half a token.
      expect(Math.abs(red - from.x)).toBeLessThanOrEqual(5)
      expect(Math.abs(green - from.y)).toBeLessThanOrEqual(5)
      compared++
    })
    expect(compared).toBeGreaterThan(60)
  })

  test('throws the error that the edit would get', () => {
    const preview = new Preview(photo(), grid)
    preview.setMask(rectangle(40, 40, 88, 88))
    expect(() => preview.draw([move(200, 150, 10, 0)], FIELD)).toThrow(
      /neither on the mask nor next to it/,
    )
  })
})

test('the plate continues flat surroundings into the hole exactly, and a slope closely', () => {
  const flat: Pixels = {
    width: WIDTH,
    height: HEIGHT,
    data: new Uint8Array(4 * WIDTH * HEIGHT).map((_, i) => (i % 4 === 3 ? 255 : 40 + (i % 4))),
  }
  const mask = rectangle(60, 60, 140, 120)
  expect(new Set(plate(flat, mask)).size).toBe(1)
  const slope = new Uint8Array(plate(photo(), mask).buffer)
  const at = 4 * (90 * WIDTH + 100)
  expect(Math.abs((slope[at] as number) - 100)).toBeLessThan(20)
  expect(Math.abs((slope[at + 1] as number) - 90)).toBeLessThan(20)
})

test('two things that touch are drawn as two', () => {
  const preview = new Preview(photo(), grid)
  preview.setMask(
    maskOfThings(
      preview,
      [rectangle(80, 40, 120, 80), rectangle(120, 40, 160, 80)].map(({ data }) => data),
    ),
  )
  preview.draw([move(100, 60, -60, 0), move(140, 60, 60, 0)], FIELD)
  for (const x of [22, 40, 58]) expect(colour(preview, x, 60)).toEqual([x + 60, 60])
  for (const x of [182, 200, 218]) expect(colour(preview, x, 60)).toEqual([x - 60, 60])
})
