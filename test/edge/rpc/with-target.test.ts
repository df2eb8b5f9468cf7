import { expect, test, vi } from 'vitest'
import { withTarget } from '../../../edge/rpc/with-target.ts'

const stub = () => ({ settle: async () => 'settled', [Symbol.dispose]: vi.fn() })

test('a target is let go of once its call has ended', async () => {
  const target = stub()
  let during = true
  const result = await withTarget(target, async ({ settle }) => {
    during = target[Symbol.dispose].mock.calls.length > 0
    return settle()
  })
  expect([result, during]).toEqual(['settled', false])
  expect(target[Symbol.dispose]).toHaveBeenCalledOnce()
})

test('a target whose call fails is let go of, too', async () => {
  const target = stub()
  const call = () => Promise.reject(new Error('the account is gone'))
  await expect(withTarget(target, call)).rejects.toThrow('the account is gone')
  expect(target[Symbol.dispose]).toHaveBeenCalledOnce()
})
