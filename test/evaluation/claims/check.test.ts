/** What is claimed of pictures without trained weights: a part of it, and with TEST_SIZE=full all of it. */

import { expect, test } from 'vitest'
import { checkClaims } from '../../../evaluation/claims/check.ts'
import { atLeast, atMost, listed, median } from '../../../evaluation/claims/claim.ts'
import { shareOf } from '../../../evaluation/claims/shares.ts'
import { sized } from '../../size.ts'
import { pictureOf } from '../picture.ts'

test('every claim holds', async () => {
  const extent = sized(0, 1) === 1 ? 'whole' : 'small'
  const claims = await checkClaims(extent, new AbortController().signal)
  expect(claims.length).toBeGreaterThan(14)
  expect(claims.filter(({ holds }) => !holds)).toEqual([])
})

test('a share is how far a picture is on the way from the truth to the photo', () => {
  const size = { width: 4, height: 1 }
  const grey = (levels: readonly number[]) =>
    pictureOf(size, (x) => [levels[x] as number, levels[x] as number, 0])
  const [photo, truth] = [grey([100, 100, 50, 9]), grey([200, 0, 50, 9])]
  const all = Uint32Array.from([0, 1, 2, 3])
  const share = (levels: readonly number[], on = all) => shareOf(photo, grey(levels), truth, on)
  expect(share([100, 100, 50, 9])).toBe(1)
  expect(share([200, 0, 50, 9])).toBe(0)
  expect(share([175, 25, 50, 9])).toBe(0.25)
  // What lies across the way does not count; what is elsewhere neither.
  expect(share([175, 25, 255, 9])).toBe(0.25)
  expect(share([150, 0, 50, 9], Uint32Array.from([0]))).toBe(0.5)
})

test('claims are compared with their bounds, and listed with their figures', () => {
  expect([atMost('a', 1, 1).holds, atMost('a', 1.1, 1).holds]).toEqual([true, false])
  expect([atLeast('a', 1, 1).holds, atLeast('a', Number.NaN, 1).holds]).toEqual([true, false])
  expect(listed([atMost('small', 2, 1)])).toBe('FAILS  small: 2.000, at most 1.000')
  expect(median([3, 1, 2])).toBe(2)
  expect(() => median([])).toThrow('no median')
})
