/**
 * Accepting an edit: everything is checked first, then one call to the account accepts it. The account is
 * asked before anything is stored, unless what this isolate knows of it says that the edit fits.
 */

import type { Size } from '../../../shared/drag.ts'
import { checkOutput } from '../../../shared/edit/output.ts'
import {
  type ResolvedSettings,
  randomSeed,
  resolveSettings,
} from '../../../shared/edit/resolve-settings.ts'
import { type EditSettings, type WithModel, withModel } from '../../../shared/edit/settings.ts'
import { workOf } from '../../../shared/edit/work.ts'
import { EditError } from '../../../shared/errors.ts'
import { readImageHeader } from '../../../shared/files/image-header.ts'
import {
  checkAspect,
  freeModels,
  gridOf,
  isBackbone,
  type ModelName,
  models,
} from '../../../shared/models.ts'
import { mintEditId } from '../../access/keys.ts'
import { heldAffects, withMaskMemory } from '../../memory/hold-mask.ts'
import type { Accepted } from '../../rpc/account/edits.ts'
import type { Once } from '../../rpc/account/idempotency.ts'
import type { CreateLimit } from '../../rpc/account/keys.ts'
import { type AcceptedEdit, summaryOf } from '../../rpc/edit/accepted.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { laneOf } from '../../rpc/provider.ts'
import { randomHex } from '../../secrets.ts'
import { DAY_MS, retentionMs } from '../../settings/retention.ts'
import { onceOf, type Repeatable } from '../idempotency.ts'
import {
  type ImageSource,
  isRemote,
  keepPhoto,
  openPhoto,
  type PhotoSources,
  uploadOf,
} from '../photos/photo.ts'
import type { Caller, Tenant } from '../tenant.ts'
import { type Admitting, admitted } from './admission/admission.ts'
import type { Asking, Standings } from './admission/standings.ts'
import { defaultFor } from './offered.ts'
import { editPrice, type Pricing } from './price.ts'
import { type EditNow, indexedNow } from './read-edit.ts'

/** Every photo costs at least as much as this one. */
const SMALLEST: Size = { width: 64, height: 64 }
/** Attempts an edit may take: its deadline leaves room for so many waits and runs. */
const ATTEMPTS = 3

/** What the caller wants. */
export type EditOrder = {
  readonly settings: EditSettings
  readonly image: ImageSource
  readonly mask: Uint8Array | null
  /** The mask of what changes with the thing. */
  readonly affects: Uint8Array | null
  /** Frees the memory of photo and masks, once they are not needed any more. */
  readonly release: () => void
  /** As they were sent: equal requests have equal fields. */
  readonly fields: unknown
  readonly request: Repeatable
  /** Milliseconds after which the edit is canceled; null for never. */
  readonly cancelAfter: number | null
}

/** What accepting takes, beside the caller's own objects. */
export type AcceptServices = PhotoSources & {
  readonly pricing: Pricing
  /** Models that some provider serves. */
  readonly served: readonly ModelName[]
  /** Those that some worker with SAM serves. */
  readonly refined: readonly ModelName[]
  /** Days that edits are kept. */
  readonly retentionDays: number
  /** Seconds that one attempt may wait and run. */
  readonly attemptSeconds: number
  readonly admitting: Admitting
  readonly standings: Standings
  /** Reviews prompt and photo; null where the operator has no moderation. */
  readonly moderate:
    | ((input: { account: string; prompt: string; imageKey: string }) => Promise<void>)
    | null
  readonly clock: () => number
}

export type AcceptOutcome =
  /** An equal request made this edit before. */
  | { readonly outcome: 'replayed'; readonly id: string }
  | ({
      readonly outcome: 'accepted'
      readonly id: string
      readonly edit: EditNow
      readonly price: number
      readonly rate: CreateLimit | null
    } & Pick<Accepted, 'balance'>)

/** Accepts an edit and holds its price, or rejects it and stores nothing. @throws EditError */
export async function acceptEdit(
  tenant: Tenant,
  order: EditOrder,
  services: AcceptServices,
): Promise<AcceptOutcome> {
  const { caller, account } = tenant
  const { image, mask, affects, fields, request } = order
  const offer = { served: services.served, prices: services.pricing.list }
  const settings = withModel(order.settings, defaultFor(caller, offer))
  checkLimits(caller, settings, services)
  const chosen = resolveSettings(settings, randomSeed)
  const file = image instanceof Uint8Array ? image : null
  const price = leastPrice(chosen, file, caller, services.pricing)
  const described = [fields, file === null ? image : 'file']
  const once = await onceOf(caller, request, described, [
    file,
    mask,
    ...(affects === null ? [] : [affects]),
  ])
  // Of equal requests, only one does the work that others see: fetching a URL, asking moderation.
  const slow = isRemote(image) || services.moderate !== null
  const { credential, client } = caller
  const { model } = settings
  const lane = laneOf(credential.mode, client)
  const who = { account: credential.account, model, lane }
  const asking = { ...who, credential: credential.id, price }
  const { admitting, standings, clock } = services
  const admit = async () =>
    unwrap(await account.edits().admit({ credential, once, lease: slow, price, model }))
  const onTheirWay = admitting.newcomers.onTheirWay(credential.account)
  const fits = slow ? null : standings.openIfFits(asking, onTheirWay, clock())
  const admission = fits === null ? await admit() : { known: null, rate: null, open: fits }
  if (admission.known !== null) return { outcome: 'replayed', id: admission.known }
  let counted = fits === null
  try {
    return await admitted({ ...who, open: admission.open }, admitting, clock, async () => {
      const seeds = [chosen.sampler.seed]
      const [accepted] = await prepare(tenant, { ...order, settings }, chosen, seeds, services)
      if (accepted === undefined) throw new Error('an edit was not prepared')
      const ready = { accepted, once, asking, counted, rate: admission.rate }
      counted = true
      return accept(tenant, ready, services)
    })
  } catch (error) {
    standings.forget(asking)
    if (once !== null && slow) await account.edits().releaseLease(once)
    // Nothing was asked before: this request may be a repeated one, and otherwise it is counted.
    const late = counted ? null : (await admit()).known
    if (late !== null) return { outcome: 'replayed', id: late }
    throw error
  }
}

/**
 * The price where the size of the photo is known, else that of the smallest photo.
 *
 * @throws EditError of the `image_*` kind
 */
export function leastPrice(
  { model, sampler, record }: ResolvedSettings,
  file: Uint8Array | null,
  { credential }: Caller,
  pricing: Pricing,
): number {
  const photo = file === null ? SMALLEST : readImageHeader(file)
  checkAspect(model, photo)
  // A crop may have a smaller working size; which one is not known yet.
  const { workingSize } = gridOf(model, record.workingArea === 'photo' ? photo : SMALLEST)
  return editPrice(pricing, credential.mode, model, sampler, { photo, workingSize }).amount
}

/** What is prepared: an order with its model, whatever it belongs to. */
export type NamedOrder = Omit<EditOrder, 'settings' | 'fields' | 'request'> & {
  readonly settings: WithModel<EditSettings>
}

/**
 * The edits as they would be accepted: one for each seed, each with a photo of its own, stored and
 * reviewed. Where this fails, nothing stays stored.
 */
export async function prepare(
  tenant: Tenant,
  order: NamedOrder,
  chosen: ResolvedSettings,
  seeds: readonly number[],
  services: AcceptServices,
): Promise<AcceptedEdit[]> {
  const { credential, key: payer, client } = tenant.caller
  if (payer === null) throw new Error('an edit needs a key that pays for it')
  const { account, region, mode } = credential
  const { settings, cancelAfter } = order
  const { model, sampler, record: options } = chosen
  const { image, price, area, affects, workingSize, grid, work, ...known } = await storePhoto(
    tenant,
    order,
    chosen,
    seeds.length,
    services,
  )
  const { keys, ...about } = image
  const [imageKey = ''] = keys
  try {
    await services.moderate?.({ account, prompt: sampler.prompt, imageKey })
  } catch (error) {
    await services.bucket.delete(keys)
    throw error
  }
  const createdAt = services.clock()
  const edit = async (seed: number, key: string): Promise<AcceptedEdit> => ({
    account,
    region,
    mode,
    model,
    ...(area !== undefined && { area }),
    ...(affects !== null && { affects: affects.packed }),
    workingSize,
    grid,
    work,
    warnings: known.warnings,
    record: {
      options: { ...options, seed },
      ...(known.mask !== null && { mask: known.mask }),
      ...(affects !== null && { affects: { area: affects.share } }),
    },
    sampler: { ...sampler, seed },
    price,
    createdAt,
    id: await mintEditId({ account, region }, randomHex(16), tenant.peppers),
    payer: { key: payer, client },
    image: { ...about, key },
    metadata: settings.metadata,
    ...(settings.retention !== undefined && { retention: settings.retention }),
    deadline: createdAt + ATTEMPTS * 1000 * services.attemptSeconds,
    cancelAt: cancelAfter === null ? null : createdAt + cancelAfter,
  })
  return Promise.all(seeds.map((seed, index) => edit(seed, keys[index] as string)))
}

/** Plan and price, and the photo stored for them: the last that needs the files of the request. */
async function storePhoto(
  tenant: Tenant,
  { image: source, settings, mask, affects: affectsPng, release }: NamedOrder,
  { model, sampler }: ResolvedSettings,
  copies: number,
  services: AcceptServices,
) {
  const { account, mode } = tenant.caller.credential
  const photo = await openPhoto(source, tenant, services)
  try {
    const image = { width: photo.header.width, height: photo.header.height }
    checkOutput(settings.output, image)
    const refine = settings.profile === 'paper' && services.refined.includes(model)
    const { masks } = services.budgets
    const affects = await heldAffects(masks, account, image, affectsPng)
    const prepared = await withMaskMemory(masks, account, mask, () =>
      workOf(image, settings, mask, refine, affects),
    )
    const price = editPrice(services.pricing, mode, model, sampler, {
      photo: image,
      workingSize: prepared.workingSize,
    })
    const cost = copies * price.amount
    if (settings.maxCost !== undefined && cost > settings.maxCost)
      throw new EditError(
        'spend_limit',
        `${copies === 1 ? 'the edit costs' : `the ${copies} candidates cost`} ${cost} micro-units; maxCost is ${settings.maxCost}`,
        { pointer: '/maxCost' },
      )
    const keys = await keepPhoto(photo, account, services.bucket, copies)
    return { ...prepared, affects, price, image: { ...image, keys, upload: uploadOf(source) } }
  } finally {
    photo.release()
    release()
  }
}

/** An edit that is ready to be accepted, and what is known of who asks for it. */
type Ready = {
  readonly accepted: AcceptedEdit
  readonly once: Once | null
  readonly asking: Asking
  /** Whether the create was counted before. */
  readonly counted: boolean
  /** As an earlier call said. */
  readonly rate: CreateLimit | null
}

async function accept(
  { caller: { credential }, account }: Tenant,
  { accepted, once, asking, counted, rate }: Ready,
  { bucket, standings, clock }: AcceptServices,
): Promise<AcceptOutcome> {
  const summary = summaryOf(accepted)
  const request = { credential, once, counted, accepted, summary }
  const outcome = await account.edits().accept(request)
  // Rejected: no edit refers to the photo. Where the call itself fails, an edit may have been accepted
  // all the same: its photo stays, and if there is no edit, the bucket's lifecycle deletes it.
  if (!('value' in outcome)) await bucket.delete(accepted.image.key)
  const { id, replayed, balance, standing, ...counts } = unwrap(outcome)
  if (standing !== null) standings.learn(asking, standing, clock())
  if (replayed) {
    await bucket.delete(accepted.image.key)
    return { outcome: 'replayed', id }
  }
  const edit = indexedNow({ id, summary, final: null, createdAt: accepted.createdAt })
  const price = accepted.price.amount
  return { outcome: 'accepted', id, edit, price, balance, rate: rate ?? counts.rate }
}

/** @throws EditError `model_unavailable`, `forbidden`; `invalid_option` to be kept for too long */
export function checkLimits(
  caller: Caller,
  { model, steps, retention }: WithModel<EditSettings>,
  { served, retentionDays }: Pick<AcceptServices, 'served' | 'retentionDays'>,
): void {
  const forbid = (detail: string, pointer: string) => {
    throw new EditError('forbidden', detail, { pointer })
  }
  if (caller.credential.mode === 'test' && !freeModels.includes(model))
    forbid(`test keys may use only ${freeModels.join(', ')}`, '/model')
  if (caller.models !== null && !caller.models.includes(model))
    forbid(
      `the ${caller.client === null ? 'account' : 'client token'} may use ${only(caller.models)}`,
      '/model',
    )
  const { maxSteps } = caller
  const wanted = isBackbone(model) ? (steps ?? models[model].steps.default) : 0
  if (maxSteps !== null && wanted > maxSteps)
    forbid(`the client token allows at most ${maxSteps} steps`, '/steps')
  if (retention !== undefined && retentionMs(retention) > retentionDays * DAY_MS)
    throw new EditError(
      'invalid_option',
      `retention is ${retention}; edits are kept for at most ${retentionDays}d`,
      { pointer: '/retention' },
    )
  if (!served.includes(model))
    throw new EditError('model_unavailable', `no worker serves ${model}`, {
      pointer: '/model',
      retryAfter: 3600,
    })
}

function only(models: readonly ModelName[]): string {
  return models.length === 0 ? 'no model' : `only ${models.join(', ')}`
}
