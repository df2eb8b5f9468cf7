/** `/v1/webhooks`: where an account wants to hear of its edits, and what was sent there. */

import { Hono } from 'hono'
import { z } from 'zod'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { EditError } from '../../shared/errors.ts'
import type { App } from '../http/app.ts'
import { requireAccountKey, requireKey } from '../http/auth.ts'
import { readJson } from '../http/bodies.ts'
import { accountOf, createOnce } from '../http/idempotent.ts'
import { type AddressRules, checkAddress } from '../outbound/fetch-image.ts'
import { newWebhookSecret, webhookEvents } from '../outbound/webhooks.ts'
import { unwrap } from '../rpc/outcome.ts'
import { randomHex, seal } from '../secrets.ts'
import { ownOrigins } from '../settings/settings.ts'

export const CreateWebhook = z
  .strictObject({
    url: z.url().max(2000).meta({ description: 'https, on a public host.' }),
    events: z
      .array(z.enum(webhookEvents))
      .min(1)
      .default([...webhookEvents]),
  })
  .meta({ id: 'CreateWebhook' })

export const webhooks = new Hono<App>().use(requireKey('webhooks:write'), requireAccountKey)

webhooks.get('/', async (c) => {
  const endpoints = await accountOf(c).webhooks().list()
  return c.json({
    webhooks: endpoints.map(({ id, url, events, createdAt, disabledAt }) => ({
      id,
      url,
      events: JSON.parse(events),
      createdAt: new Date(createdAt).toISOString(),
      disabledAt: disabledAt === null ? null : new Date(disabledAt).toISOString(),
    })),
  })
})

webhooks.post('/', async (c) => {
  const fields = parseRequest(CreateWebhook, await readJson(c))
  const settings = c.get('settings')
  checkUrl(fields.url, {
    ownOrigins: ownOrigins(settings),
    allowedPrivateOrigins: settings.ALLOWED_PRIVATE_ORIGINS,
  })
  const id = `wh_${randomHex(12)}`
  const secret = newWebhookSecret()
  const sealed = await seal(settings.SEALING_SECRET, secret)
  const endpoint = { id, sealed, ...fields }
  return createOnce(
    c,
    fields,
    async (once, response) => accountOf(c).webhooks().create(once, response, endpoint),
    { id, secret, ...fields },
  )
})

webhooks.delete('/:id', async (c) => {
  unwrap(await accountOf(c).webhooks().remove(c.req.param('id')))
  return c.body(null, 204)
})

webhooks.post('/:id/rotate', async (c) => {
  const secret = newWebhookSecret()
  const sealed = await seal(c.get('settings').SEALING_SECRET, secret)
  unwrap(await accountOf(c).webhooks().rotate(c.req.param('id'), sealed))
  return c.json({ id: c.req.param('id'), secret })
})

webhooks.post('/:id/test', async (c) => {
  const message = unwrap(await accountOf(c).webhooks().send(c.req.param('id'), null))
  return c.json({ message }, 202)
})

webhooks.get('/:id/deliveries', async (c) => {
  const log = await accountOf(c).webhooks().log(c.req.param('id'))
  return c.json({
    deliveries: log.map(({ at, ...line }) => ({ ...line, at: new Date(at).toISOString() })),
  })
})

webhooks.post('/:id/deliveries/:message/redeliver', async (c) => {
  const { id, message } = c.req.param()
  return c.json({ message: unwrap(await accountOf(c).webhooks().send(id, message)) }, 202)
})

/**
 * The rules of image URLs hold here too; only the code differs. @throws EditError `invalid_option`
 */
function checkUrl(url: string, rules: AddressRules): void {
  try {
    checkAddress(url, rules)
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    throw new EditError('invalid_option', error.message.replace('image URL', 'webhook URL'), {
      pointer: '/url',
    })
  }
}
