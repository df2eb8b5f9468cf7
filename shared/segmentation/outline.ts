/** Scores how much a cut-out looks like a thing, by its outline and the colours on both sides. */

import { modelOf } from './cut.ts'
import type { Seeds } from './seeds.ts'
import type { SuperpixelGraph } from './superpixels/graph.ts'
import { extentArea, extentOf } from './superpixels/parts.ts'

/** Superpixels are ground if a path from the photo's border has no larger colour step, in Lab. */
const SMOOTH = 8
/** Share of a box that a thing typically fills, and its spread. */
const FILL = 0.68
const FILL_SPREAD = 0.3

/** Measurements of a cut-out. */
type Outline = {
  /** Its share of the photo's area. */
  readonly share: number
  /** Mean edge strength along its outline, 0 to 1; the photo's border counts as half an edge. */
  readonly edge: number
  /** Difference of the colours on both sides, 0 to 1. */
  readonly apart: number
  /** Share of its outline with ground on the outside. */
  readonly grounded: number
  /** Share of its outline along the photo's border. */
  readonly framed: number
}

function measure(graph: SuperpixelGraph, side: Uint8Array, ground: Float64Array): Outline {
  const { from, to, border, contrast, area, frame } = graph
  const spread = 1.5 * Math.sqrt(graph.meanSquaredContrast)
  const ring = new Uint8Array(graph.count)
  let length = 0
  let strength = 0
  let grounded = 0
  for (let edge = 0; edge < from.length; edge++) {
    const one = from[edge]!
    const other = to[edge]!
    if (side[one] === side[other]) continue
    const beyond = side[one] === 1 ? other : one
    ring[beyond] = 1
    const pixels = border[edge]!
    length += pixels
    strength += pixels * Math.min(1, contrast[edge]! / spread)
    grounded += pixels * Math.exp(-((ground[beyond]! / SMOOTH) ** 2))
  }
  let size = 0
  let onFrame = 0
  for (let superpixel = 0; superpixel < graph.count; superpixel++) {
    if (side[superpixel] === 0) continue
    size += area[superpixel]!
    onFrame += frame[superpixel]!
  }
  const inside = modelOf(graph, side)
  const outside = modelOf(graph, ring)
  const overlap = inside.reduce((sum, share, i) => sum + Math.sqrt(share * outside[i]!), 0)
  return {
    share: size / (graph.width * graph.height),
    edge: length === 0 ? 0 : strength / (length + 0.5 * onFrame),
    apart: Math.max(0, 1 - overlap),
    grounded: length === 0 ? 0 : grounded / length,
    framed: onFrame / (length + onFrame),
  }
}

/** Weights of the measurements if there is no box that tells the size of the thing. */
export type OutlineWeights = {
  readonly grounded: number
  readonly apart: number
  readonly framed: number
  readonly edge: number
  /** For the log of its share of the window, and for the square of that log. */
  readonly size: number
  readonly sizeSquared: number
  /** Bonus for proposals that start from colours like the seeds'. */
  readonly likeness: number
}

/** Log-likelihood that a cut-out is the thing that the hints point at. */
export function looseScore(
  graph: SuperpixelGraph,
  side: Uint8Array,
  ground: Float64Array,
  weights: OutlineWeights,
): number {
  const { share, edge, apart, grounded, framed } = measure(graph, side, ground)
  const size = Math.log(Math.max(1e-3, share))
  return (
    weights.grounded * Math.log(0.05 + grounded) +
    weights.apart * Math.log(0.3 + apart) +
    weights.framed * Math.log(1.02 - framed) +
    weights.edge * Math.log(0.05 + edge) +
    weights.size * size +
    weights.sizeSquared * size * size
  )
}

/** The same with a box around the thing: the cut-out should reach the sides of the box. */
export function boxScore(
  graph: SuperpixelGraph,
  side: Uint8Array,
  ground: Float64Array,
  { bounds }: Pick<Seeds, 'bounds'>,
): number {
  if (bounds === null) throw new Error('a box score needs a box')
  const { edge, apart, share } = measure(graph, side, ground)
  const box = extentArea(extentOf(graph, bounds))
  const reached = extentArea(extentOf(graph, side)) / box
  const filled = (share * graph.width * graph.height) / box
  return (
    Math.log(Math.max(1e-6, edge + 0.3 * apart)) +
    1.5 * Math.log(Math.max(1e-6, reached)) -
    (filled - FILL) ** 2 / (2 * FILL_SPREAD ** 2)
  )
}
