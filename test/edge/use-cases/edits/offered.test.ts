/** Which models a caller is offered, and which one it gets by default. */

import { describe, expect, test } from 'vitest'
import { defaultFor, offeredTo } from '../../../../edge/use-cases/edits/offered.ts'
import { modelNames } from '../../../../shared/models.ts'

const rate = { base: 1, perStepMegapixel: 1 }
const prices = Object.fromEntries(modelNames.map((name) => [name, rate]))
const offer = { served: modelNames, prices }
const asker = (mode: 'live' | 'test', models: string[] | null = null) =>
  ({ credential: { mode }, models }) as unknown as Parameters<typeof offeredTo>[0]

describe('a caller is offered', () => {
  test('every model that is served and has a price', () => {
    expect(offeredTo(asker('live'), offer)).toEqual(modelNames)
    expect(offeredTo(asker('live'), { ...offer, served: ['embedded'] })).toEqual(['embedded'])
    const { embedded, ...others } = prices
    expect(embedded).toBe(rate)
    expect(offeredTo(asker('live'), { ...offer, prices: others })).not.toContain('embedded')
  })

  test('with a test key, only those without a licence', () => {
    expect(offeredTo(asker('test'), offer)).toEqual(['instant', 'embedded', 'embedded-fast'])
  })

  test('with a client token, only its own', () => {
    expect(offeredTo(asker('live', ['embedded-fast']), offer)).toEqual(['embedded-fast'])
  })
})

test('the default is a checkpoint where there is one, else instant', () => {
  expect(defaultFor(asker('live'), offer)).toBe('flux1-kontext-dev')
  expect(defaultFor(asker('test'), offer)).toBe('instant')
})
