/** Client tokens: what an account gives its apps, so that its keys stay on its servers. */

import { z } from 'zod'
import { type Mode, mintKey, type Peppers, type Region } from '../../access/keys.ts'
import type { NewClient } from '../../objects/account/keyring.ts'
import { model } from '../../settings/providers.ts'
import { type Creation, createOnce } from '../idempotency.ts'

const origin = z.url().refine((url) => URL.canParse(url) && new URL(url).origin === url, {
  message: 'must be an origin, such as https://app.example',
})
const MAX_LIFE_SECONDS = 86_400

/** What a new client token is to be. */
export const CreateClientToken = z
  .strictObject({
    name: z.string().max(100).default(''),
    expiresIn: z.number().int().min(10).max(MAX_LIFE_SECONDS).default(3600).meta({
      description: 'Seconds; at most a day.',
    }),
    edits: z.number().int().min(1).max(10_000).default(1),
    maxSpend: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    maxSteps: z.number().int().min(1).max(50).optional(),
    models: z.array(model).min(1).optional(),
    origins: z.array(origin).min(1).max(20).optional(),
  })
  .meta({ id: 'CreateClientToken' })
export type CreateClientToken = z.infer<typeof CreateClientToken>

/** Creates a client token of the caller's key. */
export async function createClientToken(
  creation: Creation,
  order: CreateClientToken,
  peppers: Peppers,
) {
  const { credential, key } = creation.caller
  const { text, client } = await newClientToken(order, credential, key, peppers)
  return createOnce(creation, order, { client }, tokenAnswer(client, text))
}

/** What the owner of a new token is sent. */
function tokenAnswer({ id, edits, expiresAt }: NewClient, token: string) {
  return { id, token, edits, expiresAt: new Date(expiresAt).toISOString() }
}

/** A client token as text and as its account stores it; it is valid only as long as `parent`. */
export async function newClientToken(
  order: CreateClientToken,
  { mode, region, account }: { mode: Mode; region: Region; account: string },
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
