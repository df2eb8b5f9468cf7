/**
 * Accepting edits that one request makes: several in a batch, or the candidates of one. All are checked
 * and stored, then one call to the account accepts all of them, or none.
 */

import {
  type ResolvedSettings,
  randomSeed,
  resolveSettings,
} from '../../../shared/edit/resolve-settings.ts'
import { type EditSettings, type WithModel, withModel } from '../../../shared/edit/settings.ts'
import type { Placed } from '../../rpc/account/edits.ts'
import type { Once } from '../../rpc/account/idempotency.ts'
import type { CreateLimit } from '../../rpc/account/keys.ts'
import { type AcceptedEdit, summaryOf } from '../../rpc/edit/accepted.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { laneOf } from '../../rpc/provider.ts'
import { onceOf, type Repeatable } from '../idempotency.ts'
import type { Tenant } from '../tenant.ts'
import {
  type AcceptServices,
  checkLimits,
  type EditOrder,
  leastPrice,
  type NamedOrder,
  prepare,
} from './accept-edit.ts'
import { admittedTogether } from './admission/admission.ts'
import { at } from './at.ts'
import { defaultFor } from './offered.ts'
import { type EditNow, indexedNow } from './read-edit.ts'

/** Photos that are read and stored at a time: the memory that one account may take has room for hardly more. */
const AT_A_TIME = 2

/** One edit of a batch, or several candidates for it. */
export type BatchedOrder = Placed<
  Pick<EditOrder, 'settings' | 'image' | 'mask' | 'affects' | 'release'>
> & {
  /** How many candidates. */
  readonly n: number
}

/** What the caller wants. */
export type BatchOrder = {
  readonly edits: readonly BatchedOrder[]
  /** As they were sent: equal requests have equal fields. */
  readonly fields: unknown
  readonly request: Repeatable
  /** Milliseconds after which each edit is canceled; null for never. */
  readonly cancelAfter: number | null
}

export type BatchOutcome =
  /** An equal request made these edits before. */
  | { readonly outcome: 'replayed'; readonly ids: readonly string[] }
  | {
      readonly outcome: 'accepted'
      readonly edits: readonly EditNow[]
      /** Of all of them. */
      readonly price: number
      readonly balance: number
      readonly rate: CreateLimit | null
    }

/** Accepts all edits and holds their prices, or rejects all and stores nothing. @throws EditError */
export async function acceptBatch(
  tenant: Tenant,
  order: BatchOrder,
  services: AcceptServices,
): Promise<BatchOutcome> {
  const { caller, account } = tenant
  const { credential, client } = caller
  const { admitting, standings, clock } = services
  const named = await Promise.all(
    order.edits.map((edit) => at(edit.pointer, () => nameOf(tenant, edit, order, services))),
  )
  const each = named.flatMap((edit) => edit.seeds.map(() => edit))
  const once = await onceOf(caller, order.request, describe(order), filesOf(order))
  const edits = each.map(({ price, model, pointer }) => ({ price, model, pointer }))
  const admission = unwrap(await account.edits().admitBatch({ credential, once, edits }))
  if (admission.known !== null) return { outcome: 'replayed', ids: admission.known }
  const lane = laneOf(credential.mode, client)
  const newcomers = each.map(({ model, pointer }, index) => ({
    account: credential.account,
    model,
    lane,
    open: admission.open[index] ?? 0,
    pointer,
  }))
  try {
    return await admittedTogether(newcomers, admitting, clock, async () => {
      const accepted = await prepareAll(tenant, named, services)
      return accept(tenant, { accepted, once, rate: admission.rate }, services)
    })
  } catch (error) {
    if (once !== null) await account.edits().releaseLease(once)
    throw error
  } finally {
    // What was known of the account is out of date, however this ended.
    for (const { model, price } of named)
      standings.forget({
        account: credential.account,
        credential: credential.id,
        lane,
        model,
        price,
      })
  }
}

/** An edit with its model, all that it leaves out, and the seeds of its candidates. */
type Named = Placed<NamedOrder> & {
  readonly chosen: ResolvedSettings
  readonly seeds: readonly number[]
  readonly model: ResolvedSettings['model']
  /** What each candidate costs at least. */
  readonly price: number
}

function nameOf(
  { caller }: Tenant,
  { settings: given, n, ...edit }: BatchedOrder,
  { cancelAfter }: BatchOrder,
  services: AcceptServices,
): Named {
  const { served, pricing } = services
  const settings: WithModel<EditSettings> = withModel(
    given,
    defaultFor(caller, { served, prices: pricing.list }),
  )
  checkLimits(caller, settings, services)
  const chosen = resolveSettings(settings, randomSeed)
  const file = edit.image instanceof Uint8Array ? edit.image : null
  const price = leastPrice(chosen, file, caller, pricing)
  const seeds = seedsOf(settings, chosen, n)
  return { ...edit, settings, cancelAfter, chosen, seeds, price, model: settings.model }
}

/** The seed that was asked for and those after it, or seeds that have nothing in common. */
function seedsOf(
  { seed }: Pick<EditSettings, 'seed'>,
  { sampler }: ResolvedSettings,
  n: number,
): number[] {
  const left = Number.MAX_SAFE_INTEGER - sampler.seed
  return Array.from({ length: n }, (_, index) => {
    if (index === 0) return sampler.seed
    if (seed === undefined) return randomSeed()
    return index <= left ? seed + index : index - left - 1
  })
}

function describe({ edits, fields }: BatchOrder): unknown {
  return [fields, edits.map(({ image }) => (image instanceof Uint8Array ? 'file' : image))]
}

function filesOf({ edits }: BatchOrder): (Uint8Array | null)[] {
  return edits.flatMap(({ image, mask, affects }) => [
    image instanceof Uint8Array ? image : null,
    mask,
    affects,
  ])
}

/** All edits, prepared; where one fails, nothing stays stored. @throws EditError of the first that fails */
async function prepareAll(
  tenant: Tenant,
  named: readonly Named[],
  services: AcceptServices,
): Promise<Placed<{ readonly accepted: AcceptedEdit }>[]> {
  const made: Placed<{ readonly accepted: AcceptedEdit }>[] = []
  for (let from = 0; from < named.length; from += AT_A_TIME) {
    const some = named.slice(from, from + AT_A_TIME)
    const prepared = await Promise.allSettled(
      some.map((edit) =>
        at(edit.pointer, () => prepare(tenant, edit, edit.chosen, edit.seeds, services)),
      ),
    )
    for (const [index, { pointer }] of some.entries()) {
      const one = prepared[index]
      if (one?.status === 'fulfilled')
        made.push(...one.value.map((accepted) => ({ accepted, pointer })))
    }
    const failed = prepared.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') {
      await forget(made, services)
      throw failed.reason
    }
  }
  return made
}

/** Deletes the photos of edits that are not accepted. */
async function forget(
  made: readonly { readonly accepted: AcceptedEdit }[],
  { bucket }: AcceptServices,
): Promise<void> {
  if (made.length > 0) await bucket.delete(made.map(({ accepted }) => accepted.image.key))
}

/** Edits that are ready to be accepted. */
type Ready = {
  readonly accepted: readonly Placed<{ readonly accepted: AcceptedEdit }>[]
  readonly once: Once | null
  readonly rate: CreateLimit | null
}

async function accept(
  { caller: { credential }, account }: Tenant,
  { accepted: made, once, rate }: Ready,
  services: AcceptServices,
): Promise<BatchOutcome> {
  const edits = made.map((one) => ({ ...one, summary: summaryOf(one.accepted) }))
  const outcome = await account.edits().acceptBatch({ credential, once, edits })
  // As for one edit: where the call itself fails, the edits may have been accepted all the same.
  if (!('value' in outcome)) await forget(made, services)
  const { ids, replayed, balance } = unwrap(outcome)
  if (replayed) {
    await forget(made, services)
    return { outcome: 'replayed', ids }
  }
  const now = edits.map(({ accepted: { id, createdAt }, summary }) =>
    indexedNow({ id, summary, final: null, createdAt }),
  )
  const price = edits.reduce((sum, { accepted }) => sum + accepted.price.amount, 0)
  return { outcome: 'accepted', edits: now, price, balance, rate }
}
