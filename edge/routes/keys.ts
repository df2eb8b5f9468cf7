/** `/v1/keys` and `/v1/client-tokens`: an account's own keys, and tokens for its apps. */

import { Hono } from 'hono'
import { z } from 'zod'
import { type BackboneName, backboneNames } from '../../shared/backbones.ts'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { EditError } from '../../shared/errors.ts'
import { originSchema } from '../../shared/origin.ts'
import { type Mode, mintKey, type Place, scopes } from '../access/keys.ts'
import type { App } from '../http/app.ts'
import { requireAccountKey, requireKey } from '../http/auth.ts'
import { readJson } from '../http/bodies.ts'
import { accountOf, createOnce } from '../http/idempotent.ts'
import type { ClientRow, KeyRow, NewKey } from '../rpc/account/keys.ts'
import { unwrap } from '../rpc/outcome.ts'
import type { Settings } from '../settings/settings.ts'

const name = z.string().max(100).default('')
const amount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

export const CreateKey = z
  .strictObject({
    name,
    mode: z.enum(['live', 'test']),
    scopes: z.array(z.enum(scopes)).min(1).default(['edits:write', 'edits:read']),
    ratePerMinute: z.number().int().min(1).max(100_000).optional(),
    spendPerMonth: amount
      .optional()
      .meta({ description: 'In micro-units, by calendar month, UTC.' }),
    expiresAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'CreateKey' })
export type CreateKey = z.infer<typeof CreateKey>

const origin = originSchema('https://app.example')
const MAX_LIFE_SECONDS = 86_400

export const CreateClientToken = z
  .strictObject({
    name,
    expiresIn: z.number().int().min(10).max(MAX_LIFE_SECONDS).default(3600).meta({
      description: 'Seconds; at most a day.',
    }),
    edits: z.number().int().min(1).max(10_000).default(1),
    maxSpend: amount.optional(),
    maxSteps: z.number().int().min(1).max(50).optional(),
    models: z
      .array(z.enum(backboneNames as [BackboneName, ...BackboneName[]]))
      .min(1)
      .optional(),
    origins: z.array(origin).min(1).max(20).optional(),
  })
  .meta({ id: 'CreateClientToken' })

export const keys = new Hono<App>().use(requireKey('keys:write'), requireAccountKey)

keys.get('/', async (c) => c.json({ keys: (await accountOf(c).keys().list()).map(keyView) }))

keys.post('/', async (c) => {
  const fields = parseRequest(CreateKey, await readJson(c))
  const caller = c.get('caller')
  const { account, region } = caller.credential
  // A key hands on what it has, and no more.
  const beyond = fields.scopes.filter((scope) => !caller.scopes.includes(scope))
  if (beyond.length > 0)
    throw new EditError('forbidden', `the key itself lacks ${beyond.join(', ')}`, {
      pointer: '/scopes',
    })
  if (caller.credential.mode === 'test' && fields.mode === 'live')
    throw new EditError('forbidden', 'a test key makes no live keys', { pointer: '/mode' })
  const { key, text } = await newKey(fields, account, region, c.get('settings'))
  return createOnce(
    c,
    fields,
    async (once, response) => accountOf(c).keys().create(once, response, key),
    { id: key.id, key: text, ...shown(fields) },
  )
})

keys.delete('/:id', async (c) => {
  unwrap(await accountOf(c).keys().revoke(c.req.param('id')))
  return c.body(null, 204)
})

/** A key of this shape, as text and as its account stores it. */
export async function newKey(
  fields: CreateKey,
  account: string,
  region: Place,
  settings: Settings,
): Promise<{ readonly key: NewKey; readonly text: string }> {
  const of = { kind: 'key', mode: fields.mode, region, account } as const
  const { text, credential } = await mintKey(of, settings.KEY_PEPPERS)
  const key: NewKey = {
    id: credential.id,
    hash: credential.hash,
    mode: fields.mode,
    name: fields.name,
    scopes: fields.scopes,
    ratePerMinute: fields.ratePerMinute ?? null,
    spendPerMonth: fields.spendPerMonth ?? null,
    expiresAt: fields.expiresAt === undefined ? null : Date.parse(fields.expiresAt),
  }
  return { key, text }
}

function shown({ name, mode, scopes, expiresAt }: CreateKey) {
  return { name, mode, scopes, ...(expiresAt !== undefined && { expiresAt }) }
}

export const clientTokens = new Hono<App>().use(requireKey('keys:write'), requireAccountKey)

clientTokens.get('/', async (c) =>
  c.json({ clientTokens: (await accountOf(c).clientTokens().list()).map(clientView) }),
)

clientTokens.post('/', async (c) => {
  const fields = parseRequest(CreateClientToken, await readJson(c))
  const { credential, key } = c.get('caller')
  const { text, client } = await newClientToken(fields, credential, key, c.get('settings'))
  const answer = {
    id: client.id,
    token: text,
    edits: client.edits,
    expiresAt: new Date(client.expiresAt).toISOString(),
  }
  return createOnce(
    c,
    fields,
    async (once, response) => accountOf(c).clientTokens().create(once, response, client),
    answer,
  )
})

clientTokens.delete('/:id', async (c) => {
  unwrap(await accountOf(c).clientTokens().revoke(c.req.param('id')))
  return c.body(null, 204)
})

/** A client token of this shape; it lives and dies with `parent`. */
export async function newClientToken(
  fields: z.infer<typeof CreateClientToken>,
  { mode, region, account }: { mode: Mode; region: Place; account: string },
  parent: string,
  settings: Settings,
) {
  const { text, credential } = await mintKey(
    { kind: 'client', mode, region, account },
    settings.KEY_PEPPERS,
  )
  const client = {
    id: credential.id,
    hash: credential.hash,
    mode,
    key: parent,
    name: fields.name,
    expiresAt: Date.now() + 1000 * fields.expiresIn,
    edits: fields.edits,
    maxSpend: fields.maxSpend ?? null,
    maxSteps: fields.maxSteps ?? null,
    models: fields.models ?? null,
    origins: fields.origins ?? null,
  }
  return { text, client }
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

export function keyView(key: KeyRow) {
  return {
    id: key.id,
    name: key.name,
    mode: key.mode,
    scopes: JSON.parse(key.scopes),
    ratePerMinute: key.ratePerMinute,
    spendPerMonth: key.spendPerMonth,
    spent: { month: key.month, amount: key.spent },
    createdAt: time(key.createdAt),
    expiresAt: time(key.expiresAt),
    revokedAt: time(key.revokedAt),
  }
}

function clientView(token: ClientRow) {
  const { id, name, mode, key, edits, maxSpend, spent, maxSteps, models, origins } = token
  return {
    id,
    name,
    mode,
    key,
    edits,
    maxSpend,
    spent,
    maxSteps,
    models: models === null ? null : JSON.parse(models),
    origins: origins === null ? null : JSON.parse(origins),
    createdAt: time(token.createdAt),
    expiresAt: time(token.expiresAt),
    revokedAt: time(token.revokedAt),
  }
}
