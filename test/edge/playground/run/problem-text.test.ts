/** Errors say what to do. */

import { expect, test } from 'vitest'
import { ContextDragError, type Problem } from '../../../../client/index.ts'
import { problemText } from '../../../../edge/playground/run/problem-text.ts'

const problem = (code: Problem['code'], detail: string) =>
  new ContextDragError({ type: 'about:blank', title: '', status: 400, code, detail })

test('an error of the API is its detail and what to do, without its code', () => {
  expect(problemText(problem('rate_limited', 'too many requests'), true)).toBe(
    'Too many requests. Wait a minute, then apply it again.',
  )
  expect(problemText(problem('conflict', 'It ended.'), true)).toBe('It ended.')
})

test('no connection and no response are told apart', () => {
  expect(problemText(new TypeError('Failed to fetch'), false)).toMatch(/^You are offline/)
  expect(problemText(new TypeError('Failed to fetch'), true)).toMatch(/does not respond/)
  expect(problemText(new Error('The edit was not completed (canceled).'), true)).toMatch(/canceled/)
})
