/** How a provider's slots are divided between its shards. Pure. */

/** What a shard could use: edits that run or wait there, by kind. */
export type Demand = { readonly live: number; readonly test: number }

/**
 * Slots for each shard: live edits first, then test edits, each kind evenly up to what a shard can use.
 * What nobody needs is spread over all, so that a shard has a free slot for the edit that comes next.
 *
 * @param mostSpare of these for each shard: others that have no edits yet find some left
 */
export function divide(
  slots: number,
  demands: readonly Demand[],
  mostSpare = Number.POSITIVE_INFINITY,
): number[] {
  const live = fill(
    slots,
    demands.map((demand) => demand.live),
  )
  const afterLive = slots - sum(live)
  const test = fill(
    afterLive,
    demands.map((demand) => demand.test),
  )
  const spare = fill(
    afterLive - sum(test),
    demands.map(() => mostSpare),
  )
  return demands.map((_, i) => (live[i] ?? 0) + (test[i] ?? 0) + (spare[i] ?? 0))
}

/** Max-min fair: nobody gets more while another who wants it has less. Whole slots. */
function fill(slots: number, wanted: readonly number[]): number[] {
  const given = wanted.map(() => 0)
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  let left = Math.max(0, slots)
  for (const [done, i] of order.entries()) {
    // The last ones get what does not divide evenly: they want most.
    given[i] = Math.min(wanted[i] ?? 0, Math.floor(left / (order.length - done)))
    left -= given[i] ?? 0
  }
  return given
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
