/** `/console/api/session` and `/console/api/sessions`: who is signed in, where, and the way out. */

import { type Context, Hono } from 'hono'
import { EditError } from '../../../shared/errors.ts'
import { dropCookie } from '../../console/cookies.ts'
import type { App } from '../../http/context.ts'
import { ownerObject } from '../../objects/names.ts'

export const session = new Hono<App>()

session.get('/', (c) => {
  const { email, account, region } = c.get('owner')
  return c.json({ email, account, region, currency: c.get('settings').CURRENCY })
})

/** Signs out. */
session.delete('/', async (c) => {
  await objectOf(c).revoke(c.get('owner').session)
  dropCookie(c, 'session')
  return c.body(null, 204)
})

export const sessions = new Hono<App>()

sessions.get('/', async (c) => {
  const { session: current } = c.get('owner')
  const open = (await objectOf(c).sessions()).map(({ id, agent, createdAt, usedAt }) => ({
    id,
    agent,
    isThis: id === current,
    createdAt: new Date(createdAt).toISOString(),
    usedAt: new Date(usedAt).toISOString(),
  }))
  return c.json({ sessions: open })
})

/** Signs out everywhere but here. */
sessions.delete('/', async (c) => {
  await objectOf(c).revokeOthers(c.get('owner').session)
  return c.body(null, 204)
})

sessions.delete('/:id', async (c) => {
  const id = c.req.param('id')
  if (!(await objectOf(c).revoke(id))) throw new EditError('not_found', `there is no session ${id}`)
  return c.body(null, 204)
})

function objectOf(c: Context<App>) {
  return ownerObject(c.env, c.get('owner').name)
}
