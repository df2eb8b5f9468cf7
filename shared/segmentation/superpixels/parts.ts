/** Sets of superpixels: connected parts, holes and extents. */

import type { SuperpixelGraph } from './graph.ts'

/** Edges by superpixel: `edges[first[r]]` to `edges[first[r + 1]]`. */
export type Incidence = { readonly first: Int32Array; readonly edges: Int32Array }

export function incidenceOf({ from, to, count }: SuperpixelGraph): Incidence {
  const first = new Int32Array(count + 1)
  for (const ends of [from, to])
    for (const superpixel of ends) first[superpixel + 1] = first[superpixel + 1]! + 1
  for (let superpixel = 0; superpixel < count; superpixel++)
    first[superpixel + 1] = first[superpixel + 1]! + first[superpixel]!
  const next = first.slice()
  const edges = new Int32Array(2 * from.length)
  for (const ends of [from, to])
    ends.forEach((superpixel, edge) => {
      edges[next[superpixel]!] = edge
      next[superpixel] = next[superpixel]! + 1
    })
  return { first, edges }
}

/** The superpixel at the other end of an edge. */
export function across({ from, to }: SuperpixelGraph, edge: number, superpixel: number): number {
  return (from[edge] === superpixel ? to[edge] : from[edge]) as number
}

/** Indices where `flags` is 1. */
export function indicesOf(flags: ArrayLike<number>): number[] {
  const found: number[] = []
  for (let i = 0; i < flags.length; i++) if (flags[i] === 1) found.push(i)
  return found
}

/** Superpixels that can be reached from `starts` across those that `may` allows. */
function reach(
  graph: SuperpixelGraph,
  { first, edges }: Incidence,
  starts: readonly number[],
  may: (superpixel: number) => boolean,
): Uint8Array {
  const reached = new Uint8Array(graph.count)
  const queue = starts.filter(may)
  for (const superpixel of queue) reached[superpixel] = 1
  for (let next = 0; next < queue.length; next++) {
    const superpixel = queue[next]!
    for (let i = first[superpixel]!; i < first[superpixel + 1]!; i++) {
      const other = across(graph, edges[i]!, superpixel)
      if (reached[other] === 1 || !may(other)) continue
      reached[other] = 1
      queue.push(other)
    }
  }
  return reached
}

/** Keeps the parts with a seed, and fills their holes except where a hint says outside. */
export function tidied(
  graph: SuperpixelGraph,
  incidence: Incidence,
  side: Uint8Array,
  { inside, outside }: { readonly inside: Uint8Array; readonly outside: Uint8Array },
): Uint8Array {
  const kept = reach(graph, incidence, indicesOf(inside), (i) => side[i] === 1 || inside[i] === 1)
  const open = reach(
    graph,
    incidence,
    [...kept.keys()].filter((i) => graph.frame[i]! > 0 || outside[i] === 1),
    (i) => kept[i] === 0,
  )
  return kept.map((value, i) => (value === 1 || open[i] === 0 ? 1 : 0))
}

/** First and last column and row of a set's pixels. */
export type Extent = {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export function extentOf(graph: SuperpixelGraph, side: Uint8Array): Extent {
  let left = graph.width
  let right = -1
  let top = graph.height
  let bottom = -1
  for (let y = 0, at = 0; y < graph.height; y++)
    for (let x = 0; x < graph.width; x++, at++) {
      if (side[graph.labels[at]!] === 0) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = y
    }
  return { left, right, top, bottom }
}

export function extentArea({ left, right, top, bottom }: Extent): number {
  return (right - left + 1) * (bottom - top + 1)
}
