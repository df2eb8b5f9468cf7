import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EvaluationProgress } from '../../cli/progress.ts'

let printed = ''
beforeEach(() => {
  printed = ''
  vi.useFakeTimers({ toFake: ['performance'] })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** What is printed of one more result. */
function after(milliseconds: number, progress: EvaluationProgress, error: string | null = null) {
  vi.advanceTimersByTime(milliseconds)
  printed = ''
  progress.outcome({ engine: 'instant', benchmark: 'b', id: 'one', error, unmeasured: [] })
  return printed
}

test('without a terminal: what is to be done, failures, and a line now and then with the time left', () => {
  const progress = new EvaluationProgress()
  progress.start(100, 20, 40, 2)
  expect(printed).toBe('40 cases, 2 that cannot be read; 100 results to do, 20 done before\n')
  expect(after(20_000, progress)).toBe('')
  // 40 s for two: 98 more take 1960 s.
  expect(after(20_000, progress)).toBe('2/100 · 33 min left · 0 failed\n')
  expect(after(1_000, progress, 'no luck')).toBe('instant: b/one: no luck\n')
})

test('the last result is always told', () => {
  const progress = new EvaluationProgress()
  progress.start(1, 0, 1, 0)
  expect(printed).toBe('1 case; 1 result to do, 0 done before\n')
  expect(after(10, progress)).toBe('1/1 · 0 s left · 0 failed\n')
})
