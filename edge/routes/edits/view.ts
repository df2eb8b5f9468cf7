/** An edit as its owner sees it, whichever object it is read from. */

import type { Context } from 'hono'
import { EditError, type Problem } from '../../../shared/errors.ts'
import { planSizes } from '../../../shared/geometry/plan.ts'
import { isEditIdOf } from '../../access/keys.ts'
import type { App } from '../../http/app.ts'
import { accountOf } from '../../http/idempotent.ts'
import { editObject } from '../../objects/names.ts'
import type { IndexedEdit } from '../../rpc/account/edits.ts'
import type { Settlement } from '../../rpc/account/ledger.ts'
import type { AcceptedEdit, EditSummary } from '../../rpc/edit/accepted.ts'
import {
  type EditState,
  type EditStatus,
  isOpenEdit,
  type QueuedEdit,
  type StoredResult,
} from '../../rpc/edit/state.ts'
import { blobUrls } from '../../storage/blob-urls.ts'

/** A result's URL lives this long; every look gives a fresh one. */
const RESULT_URL_MS = 3600_000

/** What changes while an edit lives. */
export type EditNow = {
  readonly id: string
  readonly summary: EditSummary
  readonly status: EditStatus
  readonly step: number
  readonly queue: QueuedEdit['queue']
  readonly result: StoredResult | null
  readonly problem: Problem | null
  readonly timings: Record<string, number> | null
  readonly settlement: Settlement | null
  readonly updatedAt: number
  readonly endedAt: number | null
  /** Changes whenever the edit does. */
  readonly version: string
}

/** What of an accepted edit is shown. */
export function summaryOf(accepted: AcceptedEdit): EditSummary {
  const { model, mode, workingSize, metadata, price, createdAt, image, sampler, work } = accepted
  return {
    model,
    mode,
    workingSize,
    metadata,
    price,
    createdAt,
    seed: sampler.seed,
    steps: sampler.steps,
    image: { width: image.width, height: image.height },
    ...(work.kind === 'planned' && { plan: planSizes(work.plan) }),
  }
}

/** From the edit's own object. */
function nowOf(edit: EditState, version: number): EditNow {
  const { accepted, status, step, updatedAt } = edit
  return {
    status,
    step,
    updatedAt,
    queue: edit.status === 'queued' ? edit.queue : null,
    result: edit.status === 'succeeded' ? edit.result : null,
    problem: 'problem' in edit ? edit.problem : null,
    timings: 'timings' in edit ? edit.timings : null,
    settlement: isOpenEdit(edit) ? null : edit.settlement,
    endedAt: isOpenEdit(edit) ? null : edit.endedAt,
    id: accepted.id,
    summary: summaryOf(accepted),
    version: String(version),
  }
}

/** From the account's row: before the edit has its object, and after it has lost it. */
export function indexedNow({ id, summary, final, createdAt }: IndexedEdit): EditNow {
  const base = { id, summary, queue: null }
  if (final === null)
    return {
      ...base,
      status: 'queued',
      step: 0,
      result: null,
      problem: null,
      timings: null,
      settlement: null,
      updatedAt: createdAt,
      endedAt: null,
      version: '0',
    }
  return {
    ...base,
    ...final,
    step: final.status === 'succeeded' ? summary.steps : 0,
    updatedAt: final.endedAt,
    version: 'final',
  }
}

/**
 * The caller's edit of the path. An id that is not ours wakes no object.
 *
 * @throws EditError `not_found`, also for another tenant's and another client's; `gone`
 */
export async function readEdit(c: Context<App>, id: string, waitMs = 0): Promise<EditNow> {
  const { credential, client } = c.get('caller')
  const { account, region } = credential
  const missing = () => new EditError('not_found', `there is no edit ${id}`)
  if (!(await isEditIdOf(id, account, c.get('settings').KEY_PEPPERS))) throw missing()
  const indexed = async (): Promise<EditNow> => {
    const found = await accountOf(c).edits().get(id)
    if (found === null || (client !== null && found.client !== client)) throw missing()
    if (found.deletedAt !== null) throw new EditError('gone', `edit ${id} was deleted`)
    return indexedNow(found)
  }
  const stub = editObject(c.env, region, account, id)
  let reading = await stub.read()
  if (reading === null) {
    const now = await indexed()
    if (waitMs === 0 || now.endedAt !== null) return now
    // Accepted, and not handed over yet: there is nothing to wait at before it is.
    await accountOf(c).edits().handOver(id)
  }
  if (waitMs > 0) reading = await stub.wait(waitMs)
  if (reading === null) return indexed()
  const { edit, version } = reading
  if (client !== null && edit.accepted.payer.client !== client) throw missing()
  if (!isOpenEdit(edit) && edit.deletedAt !== null)
    throw new EditError('gone', `edit ${id} was deleted`)
  return nowOf(edit, version)
}

/** The answer's body. */
export async function editView(c: Context<App>, now: EditNow) {
  const settings = c.get('settings')
  const { summary, result, problem, settlement, queue, timings } = now
  const { price, createdAt, ...rest } = summary
  const self = `${settings.PUBLIC_ORIGIN}/v1/edits/${now.id}`
  const expires = Date.now() + RESULT_URL_MS
  return {
    id: now.id,
    status: now.status,
    ...rest,
    progress: { step: now.step, steps: summary.steps },
    price: { amount: price.amount, currency: settings.CURRENCY, version: price.version },
    ...(settlement !== null && { charged: settlement === 'capture' ? price.amount : 0 }),
    urls: { self, events: `${self}/events`, cancel: `${self}/cancel`, result: `${self}/result` },
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(now.updatedAt).toISOString(),
    ...(now.endedAt !== null && { endedAt: new Date(now.endedAt).toISOString() }),
    ...(queue !== null && { queue }),
    ...(result !== null && {
      result: {
        width: result.width,
        height: result.height,
        bytes: result.bytes,
        url: await blobUrls(settings).get(result.key, expires, 'public'),
        expiresAt: new Date(expires).toISOString(),
      },
    }),
    ...(timings !== null && { timings }),
    ...(problem !== null && { error: problem }),
  }
}
