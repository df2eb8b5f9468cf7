import { afterEach, expect, test, vi } from 'vitest'
import { Interrupted, interruptible } from '../../cli/interrupt.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('the first Ctrl-C aborts the work, which says how to continue; the second is not caught', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const before = process.listenerCount('SIGINT')
  const work = interruptible(
    'go on later',
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  )
  const [caught] = process.rawListeners('SIGINT').slice(before)
  caught?.call(process, 'SIGINT')
  expect(process.listenerCount('SIGINT')).toBe(before)
  await expect(work).rejects.toThrow(new Interrupted('go on later'))
  expect(said).toHaveBeenCalledWith('\nstopping; press Ctrl-C again to end at once\n')
})

test('work that ends leaves nothing behind', async () => {
  const before = process.listenerCount('SIGINT')
  expect(await interruptible('', async () => 3)).toBe(3)
  await expect(interruptible('', () => Promise.reject(new Error('broken')))).rejects.toThrow(
    'broken',
  )
  expect(process.listenerCount('SIGINT')).toBe(before)
})
