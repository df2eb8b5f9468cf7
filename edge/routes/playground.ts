/**
 * `/dev/client-token`: what the playground on this machine works with. There is none where
 * PLAYGROUND is off, and no boot outside development has it on.
 */

import { Hono } from 'hono'
import { EditError } from '../../shared/errors.ts'
import type { App } from '../http/app.ts'
import { accountObject, directoryObject } from '../objects/names.ts'
import { unwrap } from '../rpc/outcome.ts'
import { randomName } from '../secrets.ts'
import { CreateClientToken, CreateKey, newClientToken, newKey } from './keys.ts'

/** The account behind every token of the playground: without money, for test tiers. */
const NAME = 'playground'
const TOKEN = { name: NAME, expiresIn: 12 * 3600, edits: 1000 }

export const playground = new Hono<App>()

playground.post('/client-token', async (c) => {
  const settings = c.get('settings')
  if (settings.PLAYGROUND !== 'on')
    throw new EditError('not_found', `there is no route ${c.req.method} ${c.req.path}`)
  const origin = c.req.header('origin')
  // A page of somebody else's in the same browser gets none.
  if (origin !== undefined && origin !== settings.PUBLIC_ORIGIN)
    throw new EditError('forbidden', `pages of ${origin} get no token here`)
  const wanted = { id: randomName(12, true), name: NAME, region: 'auto' } as const
  const listing = await directoryObject(c.env).add(wanted, NAME)
  const account = accountObject(c.env, listing.region, listing.id)
  await account.open(listing)
  const known = (await account.keys().list()).find(({ revokedAt }) => revokedAt === null)
  let parent = known?.id
  if (parent === undefined) {
    // Its text is thrown away: nobody needs it.
    const fields = CreateKey.parse({ name: NAME, mode: 'test' })
    const { key } = await newKey(fields, listing.id, listing.region, settings)
    unwrap(await account.keys().create(null, '', key))
    parent = key.id
  }
  const of = { mode: 'test', region: listing.region, account: listing.id } as const
  const { text, client } = await newClientToken(
    CreateClientToken.parse(TOKEN),
    of,
    parent,
    settings,
  )
  unwrap(await account.clientTokens().create(null, '', client))
  return c.json({ token: text, expiresAt: new Date(client.expiresAt).toISOString() }, 201)
})
