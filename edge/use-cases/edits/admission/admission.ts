/**
 * Whether an edit that is accepted now could have a worker in time: it is rejected before anything is
 * held or stored where its queue is full, or where it would wait longer than an edit may.
 */

import { EditError } from '../../../../shared/errors.ts'
import type { ModelName } from '../../../../shared/models.ts'
import { aheadOfNew, liveOf, secondsOfWait } from '../../../objects/provider/wait.ts'
import type { Placed } from '../../../rpc/account/edits.ts'
import { type Lane, lanes, type ProviderStatus } from '../../../rpc/provider.ts'
import { at } from '../at.ts'
import type { Entry, KnownQueue, Newcomer, Newcomers } from './newcomers.ts'

/** How the queues stand, and how long and how wide they may be. */
export type Admitting = {
  /** Of the providers that serve a model; null for one of which nothing is known at the moment. */
  readonly queues: (model: ModelName) => Promise<readonly (KnownQueue | null)[]>
  readonly newcomers: Newcomers
  /** Seconds that an edit may wait before it expires. */
  readonly dispatchSeconds: number
  /** Edits that may wait at one provider. */
  readonly maxQueue: { readonly live: number; readonly test: number }
}

/** A provider with room tells after how many seconds to come back at the latest. */
const MAX_RETRY_SECONDS = 600

/**
 * Admits an edit while `create` makes it.
 *
 * @throws EditError `model_unavailable` with the seconds after which the same edit may be accepted
 */
export function admitted<T extends Created>(
  newcomer: Newcomer,
  admitting: Admitting,
  clock: () => number,
  create: () => Promise<T>,
): Promise<T> {
  return admittedTogether([{ ...newcomer, pointer: '' }], admitting, clock, create)
}

type Created = { readonly outcome: 'accepted' | 'replayed' }

/**
 * Admits edits of one request, all or none, while `create` makes them.
 *
 * @throws EditError `model_unavailable` that points to the first edit without a place
 */
export async function admittedTogether<T extends Created>(
  together: readonly Placed<Newcomer>[],
  admitting: Admitting,
  clock: () => number,
  create: () => Promise<T>,
): Promise<T> {
  const { newcomers } = admitting
  const entries = together.map(({ pointer, ...who }) => ({
    pointer,
    entry: newcomers.add(who, clock()),
  }))
  const each = (does: (entry: Entry) => void) => {
    for (const { entry } of entries) does(entry)
  }
  try {
    // One after the other: each is behind those before it.
    for (const { entry, pointer } of entries)
      await at(pointer, () => checkQueues(entry, admitting, clock))
    const created = await create()
    each((entry) => {
      if (created.outcome === 'accepted') newcomers.accepted(entry, clock())
      else newcomers.remove(entry)
    })
    return created
  } catch (error) {
    each((entry) => newcomers.remove(entry))
    throw error
  }
}

async function checkQueues(
  entry: Entry,
  { queues, newcomers, dispatchSeconds, maxQueue }: Admitting,
  clock: () => number,
): Promise<void> {
  const { model, lane } = entry.who
  const heard = await queues(model)
  const now = clock()
  const known = heard.filter((queue) => queue !== null)
  // A provider that is not known may have room.
  if (known.length < heard.length || known.length === 0) return
  const open = entry.who.open + newcomers.own(entry)
  const parts = known.map((queue) => {
    const status = newcomers.join(queue, entry, 1 / known.length)
    // The edits of an account are spread evenly over the parts of a queue.
    const wait = waitOf(status, lane, open / queue.parts, now)
    return { wait, waiting: waitingIn(status, lane) * queue.parts }
  })
  const mode = lane === lanes.test ? 'test' : 'live'
  const withRoom = parts.filter(({ waiting }) => waiting < maxQueue[mode])
  if (withRoom.length === 0)
    throw unavailable(
      `the queue for ${model} is full: at each provider, ${maxQueue[mode]} ${mode} edits are waiting`,
      Math.min(...parts.map(({ wait }) => wait)) - dispatchSeconds,
    )
  const wait = Math.min(...withRoom.map((part) => part.wait))
  if (wait > dispatchSeconds)
    throw unavailable(
      `the edit would wait about ${Math.ceil(wait)} s for a worker; the limit is ${dispatchSeconds} s`,
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
