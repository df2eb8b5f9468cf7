/** `/admin`: the operator's calls; account keys are rejected. */

import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { ModelNameSchema } from '../../shared/edit/settings.ts'
import { EditError } from '../../shared/errors.ts'
import { isEditIdOf, regions, scopes } from '../access/keys.ts'
import { ownerOf } from '../access/sign-in.ts'
import { cursorText, parseCursor } from '../contract/cursor.ts'
import { requireOperator } from '../http/auth.ts'
import { readJson } from '../http/bodies/json.ts'
import type { App } from '../http/context.ts'
import { eventServices } from '../http/services.ts'
import { accountObjects } from '../http/tenant.ts'
import { accountObject, directoryObject, ownerObject, providerObject } from '../objects/names.ts'
import { isReserved, STRIPE_REFERENCE, TRIAL_REFERENCE } from '../rpc/account/ledger.ts'
import type { Listing } from '../rpc/directory.ts'
import { unwrap } from '../rpc/outcome.ts'
import { DAY_MS } from '../settings/retention.ts'
import { auditAccount } from '../use-cases/account/audit.ts'
import { CreateKey, keyLine, newKey } from '../use-cases/account/keys.ts'
import { openAccount } from '../use-cases/account/open.ts'
import { REPLAY_DAYS, replayEvents } from '../use-cases/billing/events.ts'
import { SignInAddress } from '../use-cases/console/sign-in.ts'

/** Equal references make one posting or one account, so a call can be repeated safely. */
const reference = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (text) => !isReserved(text),
    `must not be "${TRIAL_REFERENCE}" or begin with "${STRIPE_REFERENCE}"`,
  )

/** Accounts of a page, unless the operator asks for fewer. */
const MAX_PAGE = 1000
const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  cursor: z.string().optional(),
})
const CreateAccount = z.strictObject({
  name: z.string().min(1).max(100),
  region: z.enum(regions).default('auto'),
  reference,
})
const Reset = z.strictObject({ email: SignInAddress })
const AllowModels = z.strictObject({ models: z.array(ModelNameSchema).min(1) })
const Topup = z.strictObject({
  amount: z.number().int().min(1).max(1e15),
  reference,
})
const Refund = z.strictObject({ edit: z.string(), reference })
const Replay = z.strictObject({ days: z.number().min(0).max(REPLAY_DAYS).default(REPLAY_DAYS) })
const AdminKey = CreateKey.extend({
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    // A key that may charge a saved card is asked for by name.
    .default(scopes.filter((scope) => scope !== 'billing:write')),
})

export const admin = new Hono<App>().use(requireOperator)

admin.get('/accounts', async (c) => {
  const { limit, cursor } = parseRequest(ListQuery, c.req.query())
  const after = cursor === undefined ? null : parseCursor(cursor)
  const { accounts, next } = await directoryObject(c.env).list(limit, after)
  return c.json({
    accounts: accounts.map(listed),
    ...(next !== null && { next: cursorText(next) }),
  })
})

admin.post('/accounts', async (c) => {
  const { name, region, reference } = parseRequest(CreateAccount, await readJson(c))
  const { listing } = await openAccount({ name, region }, reference, accountObjects(c))
  return c.json(listed(listing), 201)
})

admin.get('/accounts/:id', async (c) => {
  const { stub, listing } = await accountIn(c)
  const state = await stub.describe()
  if (state === null)
    throw new EditError(
      'not_found',
      `account ${listing.id} is listed, but creating it did not finish; create it again with the same reference`,
    )
  const { balance, sum, held, heldSum } = state
  const models: string[] | null = JSON.parse(state.models ?? 'null')
  return c.json({ ...listed(listing), models, balance, sum, held, heldSum })
})

admin.get('/accounts/:id/audit', async (c) => {
  const { stub, listing } = await accountIn(c)
  return c.json({ ...listed(listing), ...(await auditAccount(stub)) })
})

admin.put('/accounts/:id/models', async (c) => {
  const { models } = parseRequest(AllowModels, await readJson(c))
  const { stub, listing } = await accountIn(c)
  await stub.allow(models)
  return c.json({ id: listing.id, models })
})

admin.delete('/accounts/:id/models', async (c) => {
  const { stub } = await accountIn(c)
  await stub.allow(null)
  return c.body(null, 204)
})

admin.post('/accounts/:id/close', async (c) => {
  const { stub, listing } = await accountIn(c)
  await stub.close()
  await directoryObject(c.env).close(listing.id)
  return c.body(null, 204)
})

admin.post('/accounts/:id/topups', async (c) => {
  const { amount, reference } = parseRequest(Topup, await readJson(c))
  const { stub } = await accountIn(c)
  return c.json(unwrap(await stub.ledger().topup(amount, reference)), 201)
})

admin.post('/accounts/:id/refunds', async (c) => {
  const { edit, reference } = parseRequest(Refund, await readJson(c))
  const { stub, listing } = await accountIn(c)
  const { KEY_PEPPERS } = c.get('settings')
  if (!(await isEditIdOf(edit, { account: listing.id, region: listing.region }, KEY_PEPPERS)))
    throw new EditError('not_found', `there is no edit ${edit}`)
  return c.json(unwrap(await stub.ledger().refund(edit, reference)), 201)
})

admin.get('/accounts/:id/keys', async (c) => {
  const { stub } = await accountIn(c)
  return c.json({ keys: (await stub.keys().list()).map(keyLine) })
})

admin.post('/accounts/:id/keys', async (c) => {
  const fields = parseRequest(AdminKey, await readJson(c))
  const { stub, listing } = await accountIn(c)
  const { key, text } = await newKey(
    fields,
    { account: listing.id, region: listing.region, parent: null },
    c.get('settings').KEY_PEPPERS,
  )
  unwrap(await stub.keys().create(null, '', key))
  return c.json({ id: key.id, key: text, ...fields }, 201)
})

admin.delete('/accounts/:id/keys/:key', async (c) => {
  const { stub } = await accountIn(c)
  unwrap(await stub.keys().revoke(c.req.param('key'), ['live', 'test']))
  return c.body(null, 204)
})

/** Not in the path: an address is in no log. */
admin.post('/sign-ins/reset', async (c) => {
  const { email } = parseRequest(Reset, await readJson(c))
  await ownerObject(c.env, await ownerOf(email)).reset()
  return c.body(null, 204)
})

admin.post('/stripe/replay', async (c) => {
  const { days } = parseRequest(Replay, await readJson(c))
  return c.json(await replayEvents(eventServices(c), Date.now() - days * DAY_MS))
})

admin.get('/providers', async (c) => {
  const providers = await Promise.all(
    c.get('settings').PROVIDERS.map(async ({ name, kind, models, slots }) => ({
      name,
      kind,
      models,
      ...(await providerObject(c.env, name).status(name)),
      slots,
    })),
  )
  return c.json({ providers })
})

/** The account of the path, if the directory lists it. */
async function accountIn(c: Context<App>) {
  const id = c.req.param('id') ?? ''
  const listing = await directoryObject(c.env).get(id)
  if (listing === null) throw new EditError('not_found', `there is no account ${id}`)
  return { listing, stub: accountObject(c.env, listing.region, listing.id) }
}

function listed({ id, name, region, createdAt, closedAt }: Listing) {
  return {
    id,
    name,
    region,
    createdAt: new Date(createdAt).toISOString(),
    closedAt: closedAt === null ? null : new Date(closedAt).toISOString(),
  }
}
