/** An edit as the API shows it: with URLs, times as text and amounts in the operator's currency. */

import type { EditRecord, RunRecord } from '../../../shared/edit/record.ts'
import { EditError, linked } from '../../../shared/errors.ts'
import type { BlobUrls } from '../../storage/blob-urls.ts'
import type { Tenant } from '../tenant.ts'
import type { BatchOutcome } from './accept-batch.ts'
import { type EditNow, readEdit } from './read-edit.ts'

/** What the answer needs beside the edit. */
export type AnswerServices = {
  /** The origin of its URLs. */
  readonly origin: string
  readonly currency: string
  readonly blobs: BlobUrls
  /** A result's URL is valid for this long, unless the result is deleted before; every response has a fresh one. */
  readonly urlMs: number
  /** How long an edit is kept after its end, unless its caller wants something else. */
  readonly keptMs: number
  readonly clock: () => number
}

/** Builds the answer's body. */
export async function editAnswer(now: EditNow, services: AnswerServices) {
  const { origin, currency, blobs, urlMs, keptMs, clock } = services
  const { id, status, step, summary, result, problem, settlement, queue, timings } = now
  const { price, createdAt, warnings, record, ...rest } = summary
  const run = now.record ?? {}
  const self = `${origin}/v1/edits/${id}`
  const { endedAt, keptUntil } = now
  const kept = keptUntil ?? (endedAt === null ? Number.POSITIVE_INFINITY : endedAt + keptMs)
  const expires = Math.max(clock(), Math.min(clock() + urlMs, kept))
  return {
    id,
    status,
    ...rest,
    ...(run.plan !== undefined && { plan: run.plan }),
    warnings: run.warnings ?? warnings ?? [],
    ...(record !== undefined && { record: recordOf(record, run) }),
    progress: { step, steps: summary.steps },
    price: { amount: price.amount, currency, version: price.version },
    ...(settlement !== null && { charged: settlement === 'capture' ? price.amount : 0 }),
    urls: { self, events: `${self}/events`, cancel: `${self}/cancel`, result: `${self}/result` },
    createdAt: timeOf(createdAt),
    updatedAt: timeOf(now.updatedAt),
    ...(endedAt !== null && { endedAt: timeOf(endedAt) }),
    ...(keptUntil !== null && { keptUntil: timeOf(keptUntil) }),
    ...(queue !== null && { queue }),
    ...(result !== null && {
      result: {
        width: result.width,
        height: result.height,
        bytes: result.bytes,
        url: await blobs.get(result.key, expires, 'public'),
        expiresAt: timeOf(expires),
      },
    }),
    ...(timings !== null && { timings }),
    ...(problem !== null && { error: linked(problem, origin) }),
  }
}

/** What is left to say of an edit that was made with others. */
type DeletedAnswer = { readonly id: string; readonly status: 'deleted' }

/**
 * Edits that were made together, once all are over or `waitMs` have passed. One that was deleted since
 * hides none of the others.
 */
export async function editAnswers(
  tenant: Tenant,
  made: BatchOutcome,
  waitMs: number,
  services: AnswerServices,
) {
  if (made.outcome === 'accepted' && waitMs === 0)
    return Promise.all(made.edits.map((edit) => editAnswer(edit, services)))
  const ids = made.outcome === 'replayed' ? made.ids : made.edits.map(({ id }) => id)
  return Promise.all(
    ids.map((id) =>
      readEdit(tenant, id, waitMs).then(
        (edit) => editAnswer(edit, services),
        (error: unknown): DeletedAnswer => {
          if (error instanceof EditError && error.code === 'gone') return { id, status: 'deleted' }
          throw error
        },
      ),
    ),
  )
}

/** What was known when the edit was accepted, and what the worker added. */
function recordOf(record: EditRecord, { mask, engine }: RunRecord): EditRecord {
  return { ...record, ...(mask !== undefined && { mask }), ...(engine !== undefined && { engine }) }
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
