/**
 * Whether an edit that is accepted now could have a worker in time: it is rejected before anything is
 * held or stored where its queue is full, or where it would wait longer than an edit may.
 */

import { EditError } from '../../../shared/errors.ts'
import type { ModelName } from '../../../shared/models.ts'
import { aheadOfNew, liveOf, secondsOfWait } from '../../objects/provider/wait.ts'
import { type Lane, lanes, type ProviderStatus } from '../../rpc/provider.ts'

/** How the queues stand, and how long and how wide they may be. */
export type Admitting = {
  /** Of the providers that serve a model; null for one of which nothing is known at the moment. */
  readonly queues: (model: ModelName) => Promise<readonly (ProviderStatus | null)[]>
  /** Seconds that an edit may wait before it expires. */
  readonly dispatchSeconds: number
  /** Edits that may wait at one provider. */
  readonly maxQueue: { readonly live: number; readonly test: number }
}

/** A new edit, as far as its place in a queue depends on it. */
export type Newcomer = {
  readonly model: ModelName
  readonly lane: Lane
  /** Open edits of the same model that its account has in the same lane. */
  readonly open: number
}

/** A provider with room tells after how many seconds to come back at the latest. */
const MAX_RETRY_SECONDS = 600

/** @throws EditError `model_unavailable` with the seconds after which the same edit may be accepted */
export async function checkQueues(
  { model, lane, open }: Newcomer,
  { queues, dispatchSeconds, maxQueue }: Admitting,
  now: number,
): Promise<void> {
  const known = await queues(model)
  const statuses = known.filter((status) => status !== null)
  // A provider that is not known may have room.
  if (statuses.length < known.length || statuses.length === 0) return
  const mode = lane === lanes.test ? 'test' : 'live'
  const withRoom = statuses.filter((status) => waitingIn(status, lane) < maxQueue[mode])
  if (withRoom.length === 0)
    throw unavailable(
      `${maxQueue[mode]} ${mode} edits wait for ${model} at each provider, and no more may`,
      Math.min(...statuses.map((status) => waitOf(status, lane, open, now))) - dispatchSeconds,
    )
  const wait = Math.min(...withRoom.map((status) => waitOf(status, lane, open, now)))
  if (wait > dispatchSeconds)
    throw unavailable(
      `the edit would wait about ${Math.ceil(wait)} s for a worker; edits may wait ${dispatchSeconds} s`,
      wait - dispatchSeconds,
    )
}

function waitingIn(status: ProviderStatus, lane: Lane): number {
  return lane === lanes.test ? (status.lanes[lane]?.waiting ?? 0) : liveOf(status.lanes).waiting
}

/** Seconds that a new edit would wait at a provider. */
function waitOf(status: ProviderStatus, lane: Lane, open: number, now: number): number {
  const line = status.lanes[lane]
  const same = line === undefined ? 0 : aheadOfNew(line, open)
  const closed = status.openUntil === null ? 0 : (status.openUntil - now) / 1000
  return Math.max(closed, secondsOfWait(status, lane, same))
}

function unavailable(detail: string, seconds: number): EditError {
  const retryAfter = Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(seconds)))
  return new EditError('model_unavailable', detail, { retryAfter })
}
