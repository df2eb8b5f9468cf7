/**
 * Cuts a superpixel graph into thing and rest, by alternating between colour models and minimum cuts
 * (Rother et al., "GrabCut", SIGGRAPH 2004). Knows nothing of where seeds come from.
 */

import { FlowGraph } from './max-flow.ts'
import { PALETTE_SIZE, type SuperpixelGraph } from './superpixels/graph.ts'

/** The start of a cut. */
export type CutStart = {
  /** 1 for superpixels that certainly belong to the thing, or certainly do not. */
  readonly inside: Uint8Array
  readonly outside: Uint8Array
  /** How much each superpixel contributes to the first colour models of thing and rest, 0 to 1. */
  readonly thing: Float32Array
  readonly rest: Float32Array
  /** Bias of a superpixel towards the rest (negative: the thing), in units of the colour evidence. */
  readonly lean: Float32Array | null
}

export type CutOptions = { readonly smoothness: number; readonly rounds: number }

const HARD = 1e9
/** Smallest share of a colour in a model, because colours without samples are still possible. */
const FLOOR = 0.003

/** 1 for superpixels of the thing. */
export function cutSuperpixels(
  graph: SuperpixelGraph,
  start: CutStart,
  options: CutOptions,
): Uint8Array {
  let thing: ArrayLike<number> = start.thing
  let rest: ArrayLike<number> = start.rest
  let side = start.inside
  for (let round = 0; round < options.rounds; round++) {
    const evidence = evidenceOf(graph, modelOf(graph, thing), modelOf(graph, rest))
    const next = cutOnce(graph, start, evidence, options.smoothness)
    const changed = next.some((value, superpixel) => value !== side[superpixel])
    side = next
    if (!changed && round > 0) break
    thing = side
    rest = side.map((value) => 1 - value)
  }
  return side
}

/** Smoothed shares of the palette's colours among weighted superpixels. */
export function modelOf(graph: SuperpixelGraph, weight: ArrayLike<number>): Float32Array {
  const { histogram, likeness, area, count } = graph
  const sums = new Float64Array(PALETTE_SIZE)
  for (let superpixel = 0; superpixel < count; superpixel++) {
    const amount = weight[superpixel]! * area[superpixel]!
    if (amount === 0) continue
    for (let i = 0; i < PALETTE_SIZE; i++)
      sums[i] = sums[i]! + amount * histogram[superpixel * PALETTE_SIZE + i]!
  }
  const model = new Float32Array(PALETTE_SIZE)
  let total = 0
  for (let i = 0; i < PALETTE_SIZE; i++) {
    let smooth = 0
    for (let j = 0; j < PALETTE_SIZE; j++) smooth += likeness[i * PALETTE_SIZE + j]! * sums[j]!
    model[i] = smooth
    total += smooth
  }
  for (let i = 0; i < PALETTE_SIZE; i++) model[i] = FLOOR + model[i]! / (total || 1)
  return model
}

/** By superpixel: log-likelihood ratio of its colours, positive if the rest explains them better. */
function evidenceOf(graph: SuperpixelGraph, thing: Float32Array, rest: Float32Array): Float32Array {
  const ratio = thing.map((share, i) => Math.log(rest[i]! / share))
  const evidence = new Float32Array(graph.count)
  for (let superpixel = 0; superpixel < graph.count; superpixel++) {
    let sum = 0
    for (let i = 0; i < PALETTE_SIZE; i++)
      sum += graph.histogram[superpixel * PALETTE_SIZE + i]! * ratio[i]!
    evidence[superpixel] = sum
  }
  return evidence
}

function cutOnce(
  graph: SuperpixelGraph,
  { inside, outside, lean }: CutStart,
  evidence: Float32Array,
  smoothness: number,
): Uint8Array {
  const { from, to, border, contrast, area, count } = graph
  const flow = new FlowGraph(count, from.length)
  for (let superpixel = 0; superpixel < count; superpixel++) {
    const cost = area[superpixel]! * (evidence[superpixel]! + (lean?.[superpixel] ?? 0))
    const source = inside[superpixel] === 1 ? HARD : Math.max(0, -cost)
    const sink = outside[superpixel] === 1 ? HARD : Math.max(0, cost)
    flow.addTerminal(superpixel, source, sink)
  }
  const spread = 2 * graph.meanSquaredContrast
  for (let edge = 0; edge < from.length; edge++) {
    const weight = 0.05 + Math.exp(-(contrast[edge]! ** 2) / spread)
    flow.addEdge(from[edge]!, to[edge]!, smoothness * border[edge]! * weight)
  }
  return flow.cut()
}
