/** An account's own keys: creating and listing them. */

import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'
import { type Mode, mintKey, type Peppers, type Place, scopes } from '../../access/keys.ts'
import type { KeyRow, NewKey } from '../../rpc/account/keys.ts'
import { type Creation, createOnce } from '../idempotency.ts'

const amount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Request body of a new key, of an account's own and of the operator's. */
export const CreateKey = z
  .strictObject({
    name: z.string().max(100).default(''),
    mode: z.enum(['live', 'test']),
    scopes: z.array(z.enum(scopes)).min(1).default(['edits:write', 'edits:read']),
    ratePerMinute: z.number().int().min(1).max(100_000).optional(),
    spendPerMonth: amount.optional().meta({
      description: 'The most the key may spend per calendar month (UTC), in micro-units.',
    }),
    expiresAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'CreateKey' })
export type CreateKey = z.infer<typeof CreateKey>

/** Creates a key that can do no more than the caller's own. @throws EditError `forbidden` */
export async function createKey(creation: Creation, order: CreateKey, peppers: Peppers) {
  const { scopes: own, credential } = creation.caller
  const beyond = order.scopes.filter((scope) => !own.includes(scope))
  if (beyond.length > 0)
    throw new EditError(
      'forbidden',
      `a key cannot grant scopes that it lacks: ${beyond.join(', ')}`,
      {
        pointer: '/scopes',
      },
    )
  if (credential.mode === 'test' && order.mode === 'live')
    throw new EditError('forbidden', 'a test key cannot create live keys', { pointer: '/mode' })
  const { account, region } = credential
  const { key, text } = await newKey(
    order,
    { account, region, parent: creation.caller.key },
    peppers,
  )
  const { name, mode, scopes, expiresAt } = order
  const answer = {
    id: key.id,
    key: text,
    name,
    mode,
    scopes,
    ...(expiresAt !== undefined && { expiresAt }),
  }
  return createOnce(
    creation,
    order,
    async (once, response) => creation.account.keys().create(once, response, key),
    answer,
  )
}

/** A key as text and as its account stores it. @param parent the key that creates it, or null */
export async function newKey(
  order: CreateKey,
  { account, region, parent }: { account: string; region: Place; parent: string | null },
  peppers: Peppers,
): Promise<{ readonly key: NewKey; readonly text: string }> {
  const of = { kind: 'key', mode: order.mode, region, account } as const
  const { text, credential } = await mintKey(of, peppers)
  const key: NewKey = {
    id: credential.id,
    parent,
    hash: credential.hash,
    mode: order.mode,
    name: order.name,
    scopes: order.scopes,
    ratePerMinute: order.ratePerMinute ?? null,
    spendPerMonth: order.spendPerMonth ?? null,
    expiresAt: order.expiresAt === undefined ? null : Date.parse(order.expiresAt),
  }
  return { key, text }
}

/** Keys of these modes may be revoked by a key of mode `mode`: test keys touch nothing live. */
export function revocable(mode: Mode): readonly Mode[] {
  return mode === 'live' ? ['live', 'test'] : ['test']
}

/** A key in a list: everything but its secret. */
export function keyLine(key: KeyRow) {
  const scopes: CreateKey['scopes'] = JSON.parse(key.scopes)
  return {
    scopes,
    id: key.id,
    name: key.name,
    mode: key.mode,
    ratePerMinute: key.ratePerMinute,
    spendPerMonth: key.spendPerMonth,
    spent: { month: key.month, amount: key.spent },
    createdAt: new Date(key.createdAt).toISOString(),
    expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
    revokedAt: key.revokedAt === null ? null : new Date(key.revokedAt).toISOString(),
  }
}
