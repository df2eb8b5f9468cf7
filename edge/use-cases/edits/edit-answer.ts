/** An edit as the API shows it: with URLs, times as text and amounts in the operator's currency. */

import type { EditRecord, RunRecord } from '../../../shared/edit/record.ts'
import { linked } from '../../../shared/errors.ts'
import type { BlobUrls } from '../../storage/blob-urls.ts'
import type { Tenant } from '../tenant.ts'
import type { BatchOutcome } from './accept-batch.ts'
import { type EditNow, readEdit } from './read-edit.ts'

/** A result's URL is valid for this long; every response has a fresh one. */
const RESULT_URL_MS = 3600_000

/** What the answer needs beside the edit. */
export type AnswerServices = {
  /** The origin of its URLs. */
  readonly origin: string
  readonly currency: string
  readonly blobs: BlobUrls
  readonly clock: () => number
}

/** Builds the answer's body. */
export async function editAnswer(now: EditNow, { origin, currency, blobs, clock }: AnswerServices) {
  const { id, status, step, summary, result, problem, settlement, queue, timings } = now
  const { price, createdAt, warnings, record, ...rest } = summary
  const run = now.record ?? {}
  const self = `${origin}/v1/edits/${id}`
  const expires = clock() + RESULT_URL_MS
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
    ...(now.endedAt !== null && { endedAt: timeOf(now.endedAt) }),
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

/** Edits that were made together, once all are over or `waitMs` have passed. */
export async function editAnswers(
  tenant: Tenant,
  made: BatchOutcome,
  waitMs: number,
  services: AnswerServices,
) {
  const read = (ids: readonly string[]) =>
    Promise.all(ids.map((id) => readEdit(tenant, id, waitMs)))
  const now =
    made.outcome === 'replayed'
      ? await read(made.ids)
      : waitMs === 0
        ? made.edits
        : await read(made.edits.map(({ id }) => id))
  return Promise.all(now.map((edit) => editAnswer(edit, services)))
}

/** What was known when the edit was accepted, and what the worker added. */
function recordOf(record: EditRecord, { mask, engine }: RunRecord): EditRecord {
  return { ...record, ...(mask !== undefined && { mask }), ...(engine !== undefined && { engine }) }
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
