/** Prices by hand, and what they may not do: let more work cost less. */

import { expect, test } from 'vitest'
import { backboneNames, backbones, passWork } from '../../shared/backbones.ts'
import { checkAspect, gridOf } from '../../shared/models.ts'
import { defaultPrices, priceOf, workInPasses } from '../../shared/price.ts'

test('the largest working size costs its rate per step, pass and megapixel', () => {
  const workingSize = { width: 512, height: 512 }
  const photo = { width: 4000, height: 3000 }
  const edit = { model: 'embedded', steps: 2, passes: 1, workingSize, photo } as const
  // 200 + ceil(400 * 0.262144 * 2)
  expect(priceOf(edit, defaultPrices)).toBe(410)
  expect(priceOf({ ...edit, steps: 50, passes: 2 }, defaultPrices)).toBe(200 + 10_486)
  expect(priceOf(edit, {})).toBeNull()
})

test('instant costs its base and a rate per million pixels of the photo', () => {
  const workingSize = { width: 512, height: 512 }
  const of = (width: number, height: number) =>
    ({ model: 'instant', steps: 3, passes: 1, workingSize, photo: { width, height } }) as const
  // 100 + ceil(100 * 0.262144), 100 + 100 * 12
  expect(priceOf(of(512, 512), defaultPrices)).toBe(127)
  expect(priceOf(of(4000, 3000), defaultPrices)).toBe(1300)
  expect(priceOf(of(512, 512), { instant: { base: 7, perMegapixel: 0 } })).toBe(7)
  expect(priceOf(of(512, 512), {})).toBeNull()
})

test('half of the tokens are less than half of the work: attention is quadratic', () => {
  // FLUX.1 has 3072 channels: 12 c c = 113,246,208, and 4 t c = 25,497,600 at 2075 tokens.
  const work = (tokens: number) => tokens * (113_246_208 + 4 * tokens * 3072)
  expect(passWork('flux1-kontext-dev', 4150)).toBe(1)
  expect(passWork('flux1-kontext-dev', 2075)).toBeCloseTo(work(2075) / work(4150), 12)
  expect(passWork('flux1-kontext-dev', 2075)).toBeLessThan(0.43)
})

/** Every aspect that is accepted, in steps of a tenth, as a large and as a small photo. */
const photos = backboneNames.flatMap((name) =>
  Array.from({ length: 10 * backbones[name].maxAspect - 9 }, (_, i) => 1 + i / 10).flatMap(
    (aspect) =>
      [64, 500, 2500].flatMap((short) => {
        const long = Math.floor(short * aspect)
        return [
          { name, width: long, height: short },
          { name, width: short, height: long },
        ]
      }),
  ),
)

test('no photo that is accepted has more tokens, or more work, than the largest working size', () => {
  expect(photos.length).toBeGreaterThan(500)
  for (const { name, width, height } of photos) {
    checkAspect(name, { width, height })
    const { workingSize, grid } = gridOf(name, { width, height })
    // Rounding each side to a token may add half of one.
    const room = 1.07
    expect(grid.rows * grid.cols, `${name} ${width}x${height}`).toBeLessThanOrEqual(
      room * backbones[name].maxTokens,
    )
    const work = workInPasses(name, { steps: 1, passes: 1, workingSize })
    expect(work).toBeLessThanOrEqual(room ** 2)
  }
})

test('longer photos are rejected by name', () => {
  for (const [name, width, height] of [
    ['embedded', 625_000, 64],
    ['embedded', 62_000, 64],
    ['embedded-fast', 64, 1025],
    ['flux1-kontext-dev', 1200, 100],
    ['flux1-kontext-dev', 100, 351],
  ] as const)
    expect(() => checkAspect(name, { width, height })).toThrow(
      expect.objectContaining({
        code: 'image_aspect_unsupported',
        pointer: '/image',
        message: expect.stringContaining(`${width}x${height}`),
      }),
    )
  checkAspect('flux1-kontext-dev', { width: 350, height: 100 })
})
