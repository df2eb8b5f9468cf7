import { describe, expect, test } from 'vitest'
import { doubleView, referenceView } from '../../../shared/geometry/reference-view.ts'

// Six tokens in a row; source 1, 2, 3 moves one to the right: targets 2, 3, 4. 1 is vacated, 4 is
// covered, 0 and 5 are neither.
const inSource = Uint8Array.of(0, 1, 1, 1, 0, 0)
const map = { source: Int32Array.of(-1, -1, 1, 2, 3, -1), residual: new Float64Array(6) }
const pairs = (kind: 'gather' | 'scatter', pre: boolean, oam: boolean) => {
  const { tokens, positions } = referenceView(kind, inSource, map, { pre, oam })
  return tokens.map((token, i) => `${token}@${positions[i]}`).join(' ')
}

describe('gather', () => {
  test('PRE and OAM: the reference as it looks after the drag', () => {
    expect(pairs('gather', true, true)).toBe('0@0 1@2 2@3 3@4 5@5')
  })
  test('PRE only: the covered token stays visible with the one that landed on it', () => {
    expect(pairs('gather', true, false)).toBe('0@0 1@2 2@3 3@4 4@4 5@5')
  })
  test('OAM only: the covered token is hidden, everything else keeps its place', () => {
    expect(pairs('gather', false, true)).toBe('0@0 1@1 2@2 3@3 5@5')
  })
  test('neither: the plain reference', () => {
    expect(pairs('gather', false, false)).toBe('0@0 1@1 2@2 3@3 4@4 5@5')
  })
})

describe('scatter', () => {
  test('moves keys to their targets, in the order of source tokens; OAM drops the covered one', () => {
    expect(pairs('scatter', true, true)).toBe('0@0 1@2 2@3 3@4 5@5')
    expect(pairs('scatter', true, false)).toBe('0@0 1@2 2@3 3@4 4@4 5@5')
  })
  test('without PRE it equals gather', () => {
    expect(pairs('scatter', false, true)).toBe(pairs('gather', false, true))
    expect(pairs('scatter', false, false)).toBe(pairs('gather', false, false))
  })
  test('of several targets, the one with the smallest residual gets the key; on a tie the smaller index', () => {
    const stretch = (residual: number[]) =>
      referenceView(
        'scatter',
        Uint8Array.of(1, 0, 0),
        { source: Int32Array.of(0, 0, 0), residual: Float64Array.from(residual) },
        { pre: true, oam: false },
      ).positions[0]
    expect(stretch([0.3, 0.1, 0.2])).toBe(1)
    expect(stretch([0.3, 0.1, 0.1 - 1e-13])).toBe(1)
    expect(stretch([0.1, 0.3, 0.1 - 1e-9])).toBe(2)
  })
  test('a source token without a target keeps its place', () => {
    const view = referenceView(
      'scatter',
      Uint8Array.of(1, 1, 0),
      { source: Int32Array.of(-1, -1, 1), residual: new Float64Array(3) },
      { pre: true, oam: true },
    )
    expect(view).toEqual({ tokens: [0, 1], positions: [0, 2] })
  })
})

test('double-stream blocks see OAM without PRE', () => {
  expect(doubleView(inSource, map, true)).toEqual([0, 1, 2, 3, 5])
  expect(doubleView(inSource, map, false)).toEqual([0, 1, 2, 3, 4, 5])
})
