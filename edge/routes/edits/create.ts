/** `POST /v1/edits`: everything is judged first; then one call to the account accepts it or not. */

import type { Context } from 'hono'
import { type BackboneName, backbones } from '../../../shared/backbones.ts'
import { parseRequest } from '../../../shared/edit/parse-request.ts'
import { randomSeed, resolveSettings } from '../../../shared/edit/resolve-settings.ts'
import type { SamplerSettings } from '../../../shared/edit/sampler-settings.ts'
import { EditSettings } from '../../../shared/edit/settings.ts'
import { workOf } from '../../../shared/edit/work.ts'
import { EditError } from '../../../shared/errors.ts'
import { priceOf } from '../../../shared/price.ts'
import { mintEditId } from '../../access/keys.ts'
import type { App } from '../../http/app.ts'
import type { Caller } from '../../http/auth.ts'
import { type EditBody, readEditBody } from '../../http/bodies.ts'
import { accountOf, onceOf } from '../../http/idempotent.ts'
import { moderateInput } from '../../outbound/moderation.ts'
import type { Accepted } from '../../rpc/account/edits.ts'
import type { Once } from '../../rpc/account/idempotency.ts'
import type { AcceptedEdit } from '../../rpc/edit/accepted.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { randomHex } from '../../secrets.ts'
import type { Settings } from '../../settings/settings.ts'
import { isRemote, keepPhoto, openPhoto } from './photo.ts'
import { editView, indexedNow, readEdit, summaryOf } from './view.ts'

/** Attempts an edit may take: its deadline leaves room for so many waits and runs. */
const ATTEMPTS = 3
const MAX_WAIT_SECONDS = 60

/** What answers `POST /v1/edits`. @throws EditError */
export async function createEdit(c: Context<App>): Promise<Response> {
  const caller = c.get('caller')
  const wait = preferredWait(c.req.header('prefer'))
  const body = await readEditBody(c)
  const settings = parseRequest(EditSettings, body.fields)
  checkLimits(caller, settings, c.get('settings'))
  const once = await onceOf(c, [body.fields, described(body)], [bytesOf(body), body.mask])
  // Work that others see (fetching a URL, asking moderation) is done by one of equal requests.
  const slow = isRemote(body.image) || c.get('settings').MODERATION_URL !== undefined
  const known = once !== null && slow ? unwrap(await accountOf(c).edits().lease(once)) : null
  if (known !== null) return replay(c, known, wait)
  try {
    const accepted = await prepare(c, body, settings)
    return await accept(c, accepted, once, wait)
  } catch (error) {
    if (once !== null && slow) await accountOf(c).edits().releaseLease(once)
    throw error
  }
}

/** Photo, plan, price: the edit as it would be accepted, its photo stored. */
async function prepare(
  c: Context<App>,
  body: EditBody,
  settings: EditSettings,
): Promise<AcceptedEdit> {
  const { credential, key, client } = c.get('caller')
  const { account, region, mode } = credential
  const photo = await openPhoto(body.image, c)
  const image = { width: photo.header.width, height: photo.header.height }
  const { workingSize, grid, work } = await workOf(image, settings, body.mask)
  const { model, sampler } = resolveSettings(settings, randomSeed)
  const edge = c.get('settings')
  const price = editPrice(edge, mode, model, sampler, workingSize)
  if (settings.maxCost !== undefined && price.amount > settings.maxCost)
    throw new EditError(
      'spend_limit',
      `the edit costs ${price.amount} micro-units, maxCost is ${settings.maxCost}`,
      { pointer: '/maxCost' },
    )
  const imageKey = await keepPhoto(photo, account)
  await forgetting(c, imageKey, () =>
    moderateInput(edge, { account, prompt: sampler.prompt, imageKey }),
  )
  const createdAt = Date.now()
  const cancelAfter = cancelAfterMs(c.req.header('cancel-after'))
  return {
    account,
    region,
    mode,
    model,
    workingSize,
    grid,
    work,
    sampler,
    price,
    createdAt,
    id: await mintEditId(account, randomHex(16), edge.KEY_PEPPERS),
    payer: { key, client },
    image: { ...image, key: imageKey },
    metadata: settings.metadata,
    deadline: createdAt + ATTEMPTS * 1000 * (edge.DISPATCH_SECONDS + edge.RUN_SECONDS),
    cancelAt: cancelAfter === null ? null : createdAt + cancelAfter,
  }
}

async function accept(
  c: Context<App>,
  accepted: AcceptedEdit,
  once: Once | null,
  wait: number,
): Promise<Response> {
  const { credential } = c.get('caller')
  const summary = summaryOf(accepted)
  const outcome = await forgetting(c, accepted.image.key, async () =>
    unwrap(await accountOf(c).edits().accept({ credential, once, accepted, summary })),
  )
  if (outcome.replayed) {
    await c.env.BUCKET.delete(accepted.image.key)
    return replay(c, outcome.id, wait)
  }
  tell(c, outcome, accepted.price.amount)
  if (wait > 0) {
    await accountOf(c).edits().handOver(accepted.id)
    return answer(c, await readEdit(c, accepted.id, wait))
  }
  const { id, payer, price, createdAt } = accepted
  const row = {
    id,
    ...payer,
    price: price.amount,
    summary,
    final: null,
    createdAt,
    deletedAt: null,
  }
  return answer(c, indexedNow(row))
}

async function replay(c: Context<App>, id: string, wait: number): Promise<Response> {
  c.header('idempotency-replayed', 'true')
  return answer(c, await readEdit(c, id, wait))
}

async function answer(c: Context<App>, now: Awaited<ReturnType<typeof readEdit>>) {
  c.header('location', `/v1/edits/${now.id}`)
  return c.json(await editView(c, now), 202)
}

function tell(c: Context<App>, { balance, rate }: Accepted, price: number): void {
  c.header('edit-cost', String(price))
  c.header('account-balance', String(balance))
  if (rate === null) return
  c.header('ratelimit-policy', `"creates";q=${rate.limit};w=60`)
  c.header('ratelimit', `"creates";r=${rate.remaining};t=${rate.reset}`)
}

/** Runs `work`; should it fail, nobody would ever look for the photo again. */
async function forgetting<T>(c: Context<App>, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await c.env.BUCKET.delete(key)
    throw error
  }
}

/** Test keys are free. @throws EditError `model_unavailable` for what is not for sale */
export function editPrice(
  settings: Settings,
  mode: Caller['credential']['mode'],
  model: BackboneName,
  sampler: Pick<SamplerSettings, 'steps' | 'trueGuidance'>,
  workingSize: { readonly width: number; readonly height: number },
): AcceptedEdit['price'] {
  const passes = sampler.trueGuidance > 1 ? 2 : 1
  const amount = priceOf({ model, steps: sampler.steps, workingSize, passes }, settings.priceList)
  if (amount === null)
    throw new EditError('model_unavailable', `${model} has no price here`, {
      pointer: '/model',
      retryAfter: 3600,
    })
  return { amount: mode === 'test' ? 0 : amount, version: settings.priceVersion }
}

const TEST_MODELS: readonly BackboneName[] = ['embedded', 'embedded-fast']

/** @throws EditError `model_unavailable`, `forbidden`, `invalid_option` */
function checkLimits(caller: Caller, { model, steps }: EditSettings, settings: Settings): void {
  const refuse = (detail: string, pointer: string) => {
    throw new EditError('forbidden', detail, { pointer })
  }
  if (caller.credential.mode === 'test' && !TEST_MODELS.includes(model))
    refuse(`test keys run ${TEST_MODELS.join(' and ')} only`, '/model')
  if (caller.models !== null && !caller.models.includes(model))
    refuse(`the client token is for ${caller.models.join(', ')}`, '/model')
  if (caller.maxSteps !== null && (steps ?? backbones[model].steps.default) > caller.maxSteps)
    refuse(`the client token allows ${caller.maxSteps} steps`, '/steps')
  if (!settings.PROVIDERS.some(({ models }) => models.includes(model)))
    throw new EditError('model_unavailable', `no worker serves ${model} yet`, {
      pointer: '/model',
      retryAfter: 3600,
    })
}

/** The image as the fingerprint knows it: a file counts by its digest. */
function described({ image }: EditBody): unknown {
  return image instanceof Uint8Array ? 'file' : image
}

function bytesOf({ image }: EditBody): Uint8Array | null {
  return image instanceof Uint8Array ? image : null
}

/** Milliseconds of `Prefer: wait=n`, at most a minute. */
export function preferredWait(prefer: string | undefined): number {
  const match = /(?:^|[,;\s])wait(?:=(\d+))?(?:$|[,;\s])/.exec(prefer ?? '')
  if (match === null) return 0
  return 1000 * Math.min(MAX_WAIT_SECONDS, Number(match[1] ?? MAX_WAIT_SECONDS))
}

const UNITS = { s: 1000, m: 60_000, h: 3600_000 } as const

/** Milliseconds of `Cancel-After: 90s`, `5m`, `1h`; plain numbers are seconds. */
function cancelAfterMs(header: string | undefined): number | null {
  if (header === undefined) return null
  const match = /^(\d{1,6})([smh]?)$/.exec(header.trim())
  if (match === null || Number(match[1]) === 0)
    throw new EditError(
      'invalid_request',
      `Cancel-After is ${JSON.stringify(header)}, not like 90s`,
    )
  return Number(match[1]) * UNITS[(match[2] || 's') as keyof typeof UNITS]
}
