import { expect, test } from 'vitest'
import { defaultModel, freeModels, gridOf, models } from '../../shared/models.ts'

test.each([
  [512, 512, 1024, 1024],
  [512, 768, 832, 1248],
  [512, 341, 1248, 832],
  [512, 288, 1392, 752],
  [100, 1000, 672, 1568],
  [1000, 100, 1568, 672],
])(
  'FLUX.1-Kontext edits %dx%d at %dx%d, the trained size of the nearest aspect',
  (width, height, w, h) => {
    expect(gridOf('flux1-kontext-dev', { width, height })).toEqual({
      workingSize: { width: w, height: h },
      grid: { rows: h / 16, cols: w / 16 },
    })
  },
)

// From upstream's calculate_dimensions.
test.each([
  [1024, 1024, 1024, 1024],
  [300, 300, 1024, 1024],
  [4000, 3000, 1184, 896],
  [1000, 999, 1040, 1024],
  [93, 720, 384, 2864],
])('LongCat-Image-Edit edits %dx%d at %dx%d, a megapixel rounded up', (width, height, w, h) => {
  for (const name of ['longcat-image-edit', 'longcat-image-edit-turbo'] as const) {
    const { grid, workingSize } = gridOf(name, { width, height })
    expect(workingSize).toEqual({ width: w, height: h })
    expect(grid.rows * grid.cols).toBeLessThanOrEqual(models[name].maxTokens)
  }
})

test.each([
  ['embedded', 512, 512, 512, 512],
  ['embedded', 1024, 1024, 512, 512],
  ['embedded', 768, 512, 624, 416],
  ['embedded', 100, 70, 104, 72],
  ['embedded', 4000, 64, 4000, 64],
  ['embedded-fast', 512, 512, 512, 512],
  ['embedded-fast', 100, 70, 96, 64],
  ['embedded-fast', 40000, 70, 12240, 64],
] as const)('%s edits %dx%d at %dx%d', (name, width, height, w, h) => {
  expect(gridOf(name, { width, height }).workingSize).toEqual({ width: w, height: h })
})

test('weights of the embedded backbones are computed, instant has none, those of FLUX.1 are downloaded', () => {
  expect(freeModels).toEqual(['instant', 'embedded', 'embedded-fast'])
})

test('the plan of instant is on the grid of embedded', () => {
  for (const [width, height] of [
    [768, 512],
    [4000, 3000],
    [64, 700],
  ] as const)
    expect(gridOf('instant', { width, height })).toEqual(gridOf('embedded', { width, height }))
  expect(models.instant.maxAspect).toBe(16)
})

test.each([
  [[], 'instant'],
  [['embedded', 'embedded-fast'], 'instant'],
  [['instant', 'embedded'], 'instant'],
  [['instant', 'embedded', 'flux1-kontext-dev'], 'flux1-kontext-dev'],
] as const)('of %j, the default is %s', (offered, expected) => {
  expect(defaultModel(offered)).toBe(expected)
})
