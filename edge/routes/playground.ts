/**
 * `/dev/client-token`: gives the local playground a client token. Only where PLAYGROUND is on, which
 * the settings allow in development only.
 */

import { Hono } from 'hono'
import { EditError } from '../../shared/errors.ts'
import type { App } from '../http/context.ts'
import { accountObjects } from '../http/tenant.ts'
import { unwrap } from '../rpc/outcome.ts'
import { CreateClientToken, newClientToken } from '../use-cases/account/client-tokens.ts'
import { CreateKey, newKey } from '../use-cases/account/keys.ts'
import { openAccount } from '../use-cases/account/open.ts'

/** The account of the playground's tokens: no money, test mode. */
const NAME = 'playground'
const TOKEN = { name: NAME, expiresIn: 12 * 3600, edits: 1000 }

export const playground = new Hono<App>()

playground.post('/client-token', async (c) => {
  const settings = c.get('settings')
  if (settings.PLAYGROUND !== 'on')
    throw new EditError('not_found', `there is no route ${c.req.method} ${c.req.path}`)
  const origin = c.req.header('origin')
  // Other sites open in the same browser must not get a token.
  if (origin !== undefined && origin !== settings.PUBLIC_ORIGIN)
    throw new EditError('forbidden', `requests from ${origin} cannot create playground tokens`)
  const order = { name: NAME, region: 'auto' } as const
  const { listing, account } = await openAccount(order, NAME, accountObjects(c))
  const known = (await account.keys().list()).find(({ revokedAt }) => revokedAt === null)
  let parent = known?.id
  if (parent === undefined) {
    // The key is only the token's parent; its text is never used.
    const fields = CreateKey.parse({ name: NAME, mode: 'test' })
    const owner = { account: listing.id, region: listing.region, parent: null }
    const { key } = await newKey(fields, owner, settings.KEY_PEPPERS)
    unwrap(await account.keys().create(null, '', key))
    parent = key.id
  }
  const of = { mode: 'test', region: listing.region, account: listing.id } as const
  const { text, client } = await newClientToken(
    CreateClientToken.parse(TOKEN),
    of,
    parent,
    settings.KEY_PEPPERS,
  )
  unwrap(await account.clientTokens().create(null, '', client))
  return c.json({ token: text, expiresAt: new Date(client.expiresAt).toISOString() }, 201)
})
