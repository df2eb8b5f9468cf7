import { expect, test } from 'vitest'
import { markWhite } from '../../../shared/files/white.ts'

const marked = (levels: number[]) => {
  const data = Uint8Array.from(levels)
  markWhite({ data })
  return [...data].join('')
}

test('from 128 on, a level is white, whatever else there is', () => {
  expect(marked([0, 1, 127, 128, 255])).toBe('00011')
  expect(marked([128, 128])).toBe('11')
  expect(marked([0, 0])).toBe('00')
})

test('the only level beside black is white: 0 and 1, a red brush, one colour of a palette', () => {
  expect(marked([0, 1, 1, 0])).toBe('0110')
  expect(marked([0, 77, 0, 77])).toBe('0101')
  expect(marked([39, 0])).toBe('10')
})

test('a soft brush is white from half of its level on', () => {
  const plain = [...new Array(50).fill(0), ...new Array(50).fill(100)]
  expect(marked([...plain, 50, 51])).toBe(`${'0'.repeat(50)}${'1'.repeat(50)}01`)
})

test('several dark levels, or no black, are not clear', () => {
  const clear = (levels: number[]) => () => marked(levels)
  expect(clear([0, 1, 2])).toThrow(/0, 1, 2.*paint marked pixels white/)
  expect(clear([...new Array(99).fill(0), 1, 2])).toThrow(/0, 1, 2/)
  expect(clear([77, 77])).toThrow(/77/)
  expect(clear(Array.from({ length: 100 }, (_, i) => i))).toThrow(/100 from 0 to 99/)
})
