/** Client tokens: what an account gives its apps, so that its keys stay on its servers. */

import { z } from 'zod'
import { ModelNameSchema } from '../../../shared/edit/settings.ts'
import { EditError } from '../../../shared/errors.ts'
import type { ModelName } from '../../../shared/models.ts'
import { originSchema } from '../../../shared/origin.ts'
import { type Mode, mintKey, type Peppers, type Place } from '../../access/keys.ts'
import type { ClientRow, NewClient } from '../../rpc/account/keys.ts'
import { type Creation, createOnce } from '../idempotency.ts'

const MAX_LIFE_SECONDS = 86_400

/** Request body of a new client token. */
export const CreateClientToken = z
  .strictObject({
    name: z.string().max(100).default(''),
    expiresIn: z.number().int().min(10).max(MAX_LIFE_SECONDS).default(3600).meta({
      description: 'Lifetime in seconds; at most a day.',
    }),
    edits: z.number().int().min(1).max(10_000).default(1),
    maxSpend: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    maxSteps: z.number().int().min(1).max(50).optional(),
    models: z.array(ModelNameSchema).min(1).optional(),
    origins: z.array(originSchema('https://app.example')).min(1).max(20).optional(),
  })
  .meta({ id: 'CreateClientToken' })
export type CreateClientToken = z.infer<typeof CreateClientToken>

/** Creates a client token of the caller's key. @throws EditError `forbidden` */
export async function createClientToken(
  creation: Creation,
  order: CreateClientToken,
  peppers: Peppers,
) {
  const { credential, key, scopes } = creation.caller
  if (!scopes.includes('edits:write'))
    throw new EditError('forbidden', 'a key cannot grant scopes that it lacks: edits:write')
  if (key === null) throw new Error('a client token needs a key that pays')
  const { text, client } = await newClientToken(order, credential, key, peppers)
  return createOnce(
    creation,
    order,
    async (once, response) => creation.account.clientTokens().create(once, response, client),
    tokenAnswer(client, text),
  )
}

/** The only response that contains the token. */
function tokenAnswer({ id, edits, expiresAt }: NewClient, token: string) {
  return { id, token, edits, expiresAt: new Date(expiresAt).toISOString() }
}

/** A client token as text and as its account stores it; it is valid only as long as `parent`. */
export async function newClientToken(
  order: CreateClientToken,
  { mode, region, account }: { mode: Mode; region: Place; account: string },
  parent: string,
  peppers: Peppers,
): Promise<{ readonly text: string; readonly client: NewClient }> {
  const { text, credential } = await mintKey({ kind: 'client', mode, region, account }, peppers)
  const client: NewClient = {
    id: credential.id,
    hash: credential.hash,
    mode,
    key: parent,
    name: order.name,
    expiresAt: Date.now() + 1000 * order.expiresIn,
    edits: order.edits,
    maxSpend: order.maxSpend ?? null,
    maxSteps: order.maxSteps ?? null,
    models: order.models ?? null,
    origins: order.origins ?? null,
  }
  return { text, client }
}

/** A client token in a list: everything but the token itself. */
export function clientTokenLine(client: ClientRow) {
  return {
    id: client.id,
    name: client.name,
    mode: client.mode,
    key: client.key,
    edits: client.edits,
    maxSpend: client.maxSpend,
    spent: client.spent,
    maxSteps: client.maxSteps,
    models: client.models === null ? null : (JSON.parse(client.models) as ModelName[]),
    origins: client.origins === null ? null : (JSON.parse(client.origins) as string[]),
    createdAt: new Date(client.createdAt).toISOString(),
    expiresAt: new Date(client.expiresAt).toISOString(),
    revokedAt: client.revokedAt === null ? null : new Date(client.revokedAt).toISOString(),
  }
}
