/** `/console/api/alerts`: whether the owner is mailed when the balance is low. */

import { type Context, Hono } from 'hono'
import type { App } from '../../http/context.ts'
import { creationOf } from '../../http/idempotency.ts'
import { accountOf } from '../../http/tenant.ts'
import { alertUrl } from '../../outbound/alert.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { addAlert } from '../../use-cases/account/webhooks.ts'

export const alerts = new Hono<App>()

alerts.get('/', async (c) => c.json({ mailed: (await alertsOf(c)).length > 0 }))

alerts.put('/', async (c) => {
  if ((await alertsOf(c)).length === 0)
    await addAlert(creationOf(c, c.get('requestId')), c.get('owner').email)
  return c.body(null, 204)
})

alerts.delete('/', async (c) => {
  for (const { id } of await alertsOf(c)) unwrap(await accountOf(c).webhooks().remove(id))
  return c.body(null, 204)
})

/** The endpoints that mail this owner. */
async function alertsOf(c: Context<App>) {
  const url = alertUrl(c.get('owner').email)
  return (await accountOf(c).webhooks().list()).filter((one) => one.url === url)
}
