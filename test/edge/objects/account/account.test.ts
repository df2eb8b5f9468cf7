/** An account's RPC targets, called as the runtime calls them. */

import { expect, test } from 'vitest'
import { accountObject } from '../../../../edge/objects/names.ts'
import { Account, bindings } from '../../app.ts'

test('RPC targets can be used before they are returned: calls are pipelined in order', async () => {
  const { id } = await Account.open(0)
  const stub = accountObject(bindings, 'auto', id)
  // Nothing is awaited in between: each target is used before it comes back.
  const calls = [1, 2, 3].map((n) => stub.ledger().topup(n, `topup ${n}`))
  expect(await Promise.all(calls)).toEqual([
    { value: { balance: 1 } },
    { value: { balance: 3 } },
    { value: { balance: 6 } },
  ])
  expect(await stub.keys().list()).toHaveLength(2)
})
