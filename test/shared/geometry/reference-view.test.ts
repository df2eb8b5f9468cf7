import { describe, expect, test } from 'vitest'
import { doubleView, referenceView, withVacated } from '../../../shared/geometry/reference-view.ts'

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
  expect(doubleView(inSource, map, true).tokens).toEqual([0, 1, 2, 3, 5])
  expect(doubleView(inSource, map, false).tokens).toEqual([0, 1, 2, 3, 4, 5])
})

describe('vacated tokens', () => {
  const vacated = Uint8Array.of(0, 1, 0, 0, 0, 0)
  const shown = (keys: 'paper' | 'drop' | 'keep', pre: boolean, kind: 'gather' | 'scatter') => {
    const view = referenceView(kind, inSource, map, { pre, oam: true })
    const { tokens, positions } = withVacated(view, vacated, keys)
    return tokens
      .map((token, i) => `${token}@${positions[i]}`)
      .sort()
      .join(' ')
  }
  test('are as the view has them', () => {
    expect(shown('paper', true, 'gather')).toBe('0@0 1@2 2@3 3@4 5@5')
    expect(shown('paper', false, 'gather')).toBe('0@0 1@1 2@2 3@3 5@5')
  })
  test('are dropped at their own places, not where they land', () => {
    expect(shown('drop', true, 'gather')).toBe('0@0 1@2 2@3 3@4 5@5')
    expect(shown('drop', false, 'gather')).toBe('0@0 2@2 3@3 5@5')
    expect(shown('drop', true, 'scatter')).toBe('0@0 1@2 2@3 3@4 5@5')
  })
  test('are kept at their own places, once, besides where they land', () => {
    expect(shown('keep', true, 'gather')).toBe('0@0 1@1 1@2 2@3 3@4 5@5')
    expect(shown('keep', false, 'gather')).toBe('0@0 1@1 2@2 3@3 5@5')
    expect(shown('keep', true, 'scatter')).toBe('0@0 1@1 1@2 2@3 3@4 5@5')
  })
  test('that land nowhere leave a stale key in a scatter view, until they are dropped', () => {
    // 0 and 1 move to 1 and 2, but nothing comes from 0: 0 is vacated and lands nowhere.
    const view = referenceView(
      'scatter',
      Uint8Array.of(1, 1, 0),
      { source: Int32Array.of(-1, -1, 1), residual: new Float64Array(3) },
      { pre: true, oam: true },
    )
    const both = Uint8Array.of(1, 1, 0)
    expect(withVacated(view, both, 'paper')).toEqual({ tokens: [0, 1], positions: [0, 2] })
    expect(withVacated(view, both, 'drop')).toEqual({ tokens: [1], positions: [2] })
    expect(withVacated(view, both, 'keep')).toEqual({ tokens: [0, 1, 1], positions: [0, 2, 1] })
  })
})
