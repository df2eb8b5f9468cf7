/**
 * How long an edit waits for a slot, by the lanes of the queue. Pure: the queue tells its edits, and an
 * edit that would wait too long is not accepted.
 */

import {
  type Lane,
  type LaneStatus,
  lanes,
  type ProviderStatus,
  type QueueStatus,
} from '../../rpc/provider.ts'

/** So many slots go to account keys before client tokens that wait get one. */
export const CLIENT_SHARE = 3

/** Slots, of all, that test runs may hold at a time. */
export function testSlots(slots: number): number {
  return Math.max(1, Math.floor(slots / 4))
}

/** Both live lanes together. */
export function liveOf(all: readonly LaneStatus[]): { waiting: number; taken: number } {
  const live = all.filter((_, lane) => lane !== lanes.test)
  const sum = (of: (lane: LaneStatus) => number) => live.reduce((total, one) => total + of(one), 0)
  return { waiting: sum(({ waiting }) => waiting), taken: sum(({ taken }) => taken) }
}

/** The lane of test traffic. */
export function testOf(all: readonly LaneStatus[]): { waiting: number; taken: number } {
  return all[lanes.test] ?? { waiting: 0, taken: 0 }
}

/**
 * How many edits of a lane get a slot before a new one, where accounts take turns. Those of its own
 * account always do, also those that have not joined the queue yet.
 *
 * @param own open edits of the same account that wait in the lane or run
 */
export function aheadOfNew({ waiting, accounts, taken }: LaneStatus, own: number): number {
  return Math.max(own - taken, Math.min(waiting, accounts * (own + 1)))
}

/** How many edits of all lanes get a slot before one with so many of its own lane before it. */
export function aheadOf(all: readonly LaneStatus[], lane: Lane, same: number): number {
  if (lane === lanes.test) return same + liveOf(all).waiting
  const [others, most] =
    lane === lanes.key
      ? [all[lanes.client], Math.floor(same / CLIENT_SHARE)]
      : [all[lanes.key], CLIENT_SHARE * (same + 1)]
  return same + Math.min(others?.waiting ?? 0, most)
}

/**
 * A provider as its operator sees it: its own queue and all shards.
 *
 * @param slots of the provider
 */
export function together(
  own: ProviderStatus,
  shards: readonly ProviderStatus[],
  slots: number,
): ProviderStatus {
  if (shards.length === 0) return own
  const all = [own, ...shards]
  const busy = shards.filter(({ taken }) => taken > 0)
  const mean = (of: (status: ProviderStatus) => number) =>
    busy.length === 0 ? of(own) : busy.reduce((sum, status) => sum + of(status), 0) / busy.length
  const sum = (of: (status: ProviderStatus) => number) =>
    all.reduce((total, status) => total + of(status), 0)
  return {
    slots,
    // Of an account that waits in several shards, each counts it.
    lanes: own.lanes.map((_, lane) => ({
      waiting: sum(({ lanes }) => lanes[lane]?.waiting ?? 0),
      accounts: sum(({ lanes }) => lanes[lane]?.accounts ?? 0),
      taken: sum(({ lanes }) => lanes[lane]?.taken ?? 0),
    })),
    secondsPerRun: mean(({ secondsPerRun }) => secondsPerRun),
    secondsPerTestRun: mean(({ secondsPerTestRun }) => secondsPerTestRun),
    taken: sum(({ taken }) => taken),
    waiting: sum(({ waiting }) => waiting),
    // Each shard has a breaker of its own.
    openUntil: shards.every(({ openUntil }) => openUntil !== null)
      ? Math.min(...shards.map(({ openUntil }) => openUntil ?? 0))
      : null,
    failing: shards.every(({ failing }) => failing),
  }
}

/**
 * Seconds until an edit has a slot; 0 where one is free. Live
 * edits count on the slots of test runs, which are stopped for them.
 *
 * @param same edits of its own lane that come before it
 */
export function secondsOfWait(queue: QueueStatus, lane: Lane, same: number): number {
  const slots = Math.max(1, queue.slots)
  const live = liveOf(queue.lanes)
  const waitFor = (ahead: number, all: number, taken: number, seconds: number) =>
    (Math.max(0, ahead + 1 - Math.max(0, all - taken)) * seconds) / all
  if (lane !== lanes.test)
    return waitFor(aheadOf(queue.lanes, lane, same), slots, live.taken, queue.secondsPerRun)
  const test = queue.lanes[lanes.test]?.taken ?? 0
  const liveFirst = waitFor(live.waiting - 1, slots, live.taken, queue.secondsPerRun)
  return liveFirst + waitFor(same, testSlots(slots), test, queue.secondsPerTestRun)
}
