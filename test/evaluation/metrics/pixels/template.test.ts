import { expect, test } from 'vitest'
import { coloursOf, Template } from '../../../../evaluation/metrics/pixels/correlation.ts'
import { searchIn, template } from '../../../../evaluation/metrics/pixels/template.ts'
import { Random } from '../../../../shared/instant/random.ts'
import { type Colour, caseOf, dragged, drawn, measured, never } from '../../drawn.ts'

const size = { width: 320, height: 200 }
const random = new Random(3)
const noise = Array.from({ length: 50 * 30 }, (): Colour => {
  const value = () => random.below(256)
  return [value(), value(), value()]
})
/** Smooth noise: squares of eight pixels, mixed. */
function ground(x: number, y: number): Colour {
  const [col, row] = [x / 8, y / 8]
  const [a, b] = [col % 1, row % 1]
  const corner = (right: number, down: number, i: number) =>
    noise[((Math.floor(row) + down) % 30) * 50 + ((Math.floor(col) + right) % 50)]?.[i] ?? 0
  const mixed = (i: number) =>
    (1 - b) * ((1 - a) * corner(0, 0, i) + a * corner(1, 0, i)) +
    b * ((1 - a) * corner(0, 1, i) + a * corner(1, 1, i))
  return [mixed(0), mixed(1), mixed(2)]
}
const photo = drawn(size, ground)
const thing = (x: number, y: number) => Math.hypot(x - 70, y - 80) < 40
/** The thing moved by (by, 20) pixels; its old place is grey. */
const movedBy = (by: number) =>
  drawn(size, (x, y) => {
    if (thing(x - by, y - 20)) return ground(x - by, y - 20)
    return thing(x, y) ? 128 : ground(x, y)
  })
const drag = dragged([70, 80], [213, 100])

test('finds the patch to the pixel, at any offset', () => {
  for (const by of [143, 61]) {
    const match = searchIn(photo, movedBy(by))(drag)
    expect(match?.distance).toBeCloseTo(Math.abs(143 - by), 9)
  }
})

test('is 1 at the target where the thing is there', () => {
  expect(searchIn(photo, movedBy(143))(drag)?.atTarget).toBeCloseTo(1, 6)
  expect(searchIn(photo, photo)(drag)?.atTarget).toBeLessThan(0.5)
})

test('without an edit, the distance is that of the drag', () => {
  expect(searchIn(photo, photo)(drag)?.distance).toBeCloseTo(Math.hypot(143, 20), 9)
})

test('says nothing of pins, and of patches without contrast', async () => {
  const flat = drawn(size, () => 100)
  const pin = dragged([70, 80], [70, 80])
  const of = (drags: readonly (typeof drag)[], picture: typeof photo) =>
    template.measure(measured(caseOf(size, drags), picture, picture), never)
  expect(await of([pin], photo)).toEqual({})
  expect(await of([drag], flat)).toEqual({})
})

test('correlates each channel about its own mean', () => {
  // Pearson over red of one row: (1, 2, 3) with (2, 4, 9) is 7 / sqrt(2 x 26).
  const row = (values: readonly number[], rest: number) =>
    coloursOf(drawn({ width: 3, height: 1 }, (x) => [values[x] ?? 0, rest, rest]))
  const patch = new Template(row([1, 2, 3], 50), { col: 1, row: 0 }, [1, 1, 0, 0])
  expect(patch.correlation(row([2, 4, 9], 200), { col: 1, row: 0 })).toBeCloseTo(
    7 / Math.sqrt(52),
    6,
  )
})
