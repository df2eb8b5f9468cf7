/** Cheapest ways over a region graph (Dijkstra). */

import { across, type Incidence } from './parts.ts'
import type { RegionGraph } from './region-graph.ts'

/** What a step costs at least, so that nearness counts too, in Lab units. */
const STEP = 1

/** How a way and the contrast of a next step add up. */
export type Join = (way: number, contrast: number) => number

/** The sum of all changes of colour, and a little for the distance. */
export const sumOfSteps: Join = (way, contrast) => way + STEP + contrast
/** The one sharpest change of colour. */
export const sharpestStep: Join = Math.max

/** Cost of the cheapest way from the nearest of `starts` to every region. */
export function waysFrom(
  graph: RegionGraph,
  { first, edges }: Incidence,
  starts: readonly number[],
  join: Join,
): Float64Array {
  const cost = new Float64Array(graph.count).fill(Number.POSITIVE_INFINITY)
  const heap = new Heap()
  for (const region of starts) {
    cost[region] = 0
    heap.push(0, region)
  }
  for (let next = heap.pop(); next !== null; next = heap.pop()) {
    const { key, region } = next
    if (key > cost[region]!) continue
    for (let i = first[region]!; i < first[region + 1]!; i++) {
      const edge = edges[i]!
      const other = across(graph, edge, region)
      const through = join(key, graph.contrast[edge]!)
      if (through >= cost[other]!) continue
      cost[other] = through
      heap.push(through, other)
    }
  }
  return cost
}

type Entry = { readonly key: number; readonly region: number }

/** A binary heap, smallest key first. */
class Heap {
  readonly #entries: Entry[] = []

  push(key: number, region: number): void {
    const entries = this.#entries
    let at = entries.push({ key, region }) - 1
    for (let up = (at - 1) >> 1; at > 0; up = (at - 1) >> 1) {
      const parent = entries[up] as Entry
      if (parent.key <= key) break
      entries[at] = parent
      at = up
    }
    entries[at] = { key, region }
  }

  pop(): Entry | null {
    const entries = this.#entries
    const [top] = entries
    const last = entries.pop()
    if (top === undefined || last === undefined) return null
    if (entries.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const right = entries[child + 1]
      if (right !== undefined && right.key < (entries[child] as Entry).key) child++
      const below = entries[child]
      if (below === undefined || below.key >= last.key) break
      entries[at] = below
      at = child
    }
    entries[at] = last
    return top
  }
}
