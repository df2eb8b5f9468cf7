/** Cheapest paths in a superpixel graph (Dijkstra). */

import type { SuperpixelGraph } from './graph.ts'
import { across, type Incidence } from './parts.ts'

/** Smallest cost of a step, in Lab units, so that distance counts as well. */
const STEP = 1

/** The cost of a path extended by a step of some contrast. */
export type Join = (cost: number, contrast: number) => number

/** The sum of all contrasts, and a little for the distance. */
export const sumOfSteps: Join = (cost, contrast) => cost + STEP + contrast
/** The largest contrast on the path. */
export const sharpestStep: Join = Math.max

/** Cost of the cheapest path from any of `starts` to each superpixel. */
export function pathCosts(
  graph: SuperpixelGraph,
  { first, edges }: Incidence,
  starts: readonly number[],
  join: Join,
): Float64Array {
  const cost = new Float64Array(graph.count).fill(Number.POSITIVE_INFINITY)
  const heap = new Heap()
  for (const superpixel of starts) {
    cost[superpixel] = 0
    heap.push(0, superpixel)
  }
  for (let next = heap.pop(); next !== null; next = heap.pop()) {
    const { key, superpixel } = next
    if (key > cost[superpixel]!) continue
    for (let i = first[superpixel]!; i < first[superpixel + 1]!; i++) {
      const edge = edges[i]!
      const other = across(graph, edge, superpixel)
      const through = join(key, graph.contrast[edge]!)
      if (through >= cost[other]!) continue
      cost[other] = through
      heap.push(through, other)
    }
  }
  return cost
}

type Entry = { readonly key: number; readonly superpixel: number }

/** A binary min-heap. */
class Heap {
  readonly #entries: Entry[] = []

  push(key: number, superpixel: number): void {
    const entries = this.#entries
    let at = entries.push({ key, superpixel }) - 1
    for (let up = (at - 1) >> 1; at > 0; up = (at - 1) >> 1) {
      const parent = entries[up] as Entry
      if (parent.key <= key) break
      entries[at] = parent
      at = up
    }
    entries[at] = { key, superpixel }
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
