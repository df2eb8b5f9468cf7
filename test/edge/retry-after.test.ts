import { afterEach, expect, test, vi } from 'vitest'
import { secondsToWait } from '../../edge/retry-after.ts'

afterEach(() => vi.useRealTimers())

test.each([
  ['0', 0],
  ['0.1', 0.1],
  ['120', 120],
  ['Fri, 31 Dec 1999 23:59:59 GMT', 59],
  ['Fri, 31 Dec 1999 23:00:00 GMT', 0],
  ['soon', null],
  ['-1', null],
  ['', null],
  [undefined, null],
])('Retry-After: %s', (header, seconds) => {
  vi.useFakeTimers({ now: Date.UTC(1999, 11, 31, 23, 59, 0) })
  const headers = new Headers(header === undefined ? {} : { 'retry-after': header })
  expect(secondsToWait(new Response(null, { headers }))).toBe(seconds)
})
