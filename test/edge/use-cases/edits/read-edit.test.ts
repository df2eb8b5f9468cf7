/** Reading edits, without HTTP. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { mintEditId } from '../../../../edge/access/keys.ts'
import { acceptEdit } from '../../../../edge/use-cases/edits/accept-edit.ts'
import { listEdits, readEdit } from '../../../../edge/use-cases/edits/read-edit.ts'
import type { Tenant } from '../../../../edge/use-cases/tenant.ts'
import { FakeWorker } from '../../fake-worker.ts'
import { openTenant } from '../tenant.ts'
import { order, services } from './order.ts'

let tenant: Tenant
beforeEach(async () => {
  new FakeWorker()
  tenant = await openTenant(1_000_000)
})
afterEach(() => vi.unstubAllGlobals())

const accept = async (clock = Date.now) =>
  (await acceptEdit(tenant, await order(), services({ clock }))).id

test('an edit is read from its object, which follows the run', async () => {
  const id = await accept()
  const { status, summary, endedAt } = await readEdit(tenant, id)
  expect(['queued', 'dispatching', 'running']).toContain(status)
  expect(summary).toMatchObject({ model: 'embedded-fast', metadata: { shelf: '7' } })
  expect(endedAt).toBeNull()
})

test("another account's edit is not found", async () => {
  const id = await accept()
  const other = await openTenant(0)
  await expect(readEdit(other, id)).rejects.toMatchObject({ code: 'not_found' })
})

test('an id with a wrong signature is rejected without calling any Durable Object', async () => {
  const edit = vi.fn<Tenant['edit']>()
  const forged = `edit_${'0'.repeat(48)}`
  const refused = readEdit({ ...tenant, edit }, forged)
  await expect(refused).rejects.toMatchObject({ code: 'not_found' })
  expect(edit).not.toHaveBeenCalled()
})

test('a validly signed id without an edit is not found', async () => {
  const { account } = tenant.caller.credential
  const id = await mintEditId({ account, region: 'auto' }, 'a'.repeat(32), tenant.peppers)
  await expect(readEdit(tenant, id)).rejects.toMatchObject({ code: 'not_found' })
})

test('a list has pages, newest first', async () => {
  const ids: string[] = []
  const now = Date.now()
  for (const createdAt of [now - 2, now - 1, now]) ids.unshift(await accept(() => createdAt))
  const first = await listEdits(tenant, 2, null, { shelf: '7' })
  const second = await listEdits(tenant, 2, first.next, { shelf: '7' })
  expect([first, second].map(({ edits }) => edits.map(({ id }) => id))).toEqual([
    ids.slice(0, 2),
    ids.slice(2),
  ])
  expect(second.next).toBeNull()
  expect((await listEdits(tenant, 2, null, { shelf: '8' })).edits).toEqual([])
})
