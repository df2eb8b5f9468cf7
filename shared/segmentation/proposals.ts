/**
 * Proposals for the thing that hints point at. A click does not tell the size of a thing, so several
 * sizes and shapes are cut out, and each is scored by its outline.
 */

import { type CutStart, cutSuperpixels } from './cut.ts'
import { boxScore, looseScore, type OutlineWeights } from './outline.ts'
import type { Seeds } from './seeds.ts'
import type { SuperpixelGraph } from './superpixels/graph.ts'
import { extentOf, type Incidence, incidenceOf, indicesOf, tidied } from './superpixels/parts.ts'
import { pathCosts, sharpestStep, sumOfSteps } from './superpixels/paths.ts'

/** A cut-out (1 for superpixels of the thing) and its log-likelihood. */
export type Proposal = { readonly side: Uint8Array; readonly score: number }

const SMOOTH = 8
const SMOOTHNESS = [2, SMOOTH]
const ROUNDS = 3
/** Sizes of the thing, as shares of the area where it may be. */
const SHARES = [0.006, 0.015, 0.03, 0.06, 0.12, 0.25, 0.5]
/** Radii around a click, as shares of the longer side. */
const RADII = [0.07, 0.11, 0.17, 0.25, 0.36]
/** Largest colour steps within the ground, in Lab. */
const STEPS = [5, 8, 12, 18, 26]

/**
 * Weights by kind of hint, fitted to drawn scenes and to hand-drawn masks of photos, and rounded. A
 * click means a thing of a few percent of the photo or, on a plain ground, everything but the ground.
 * A stroke is about as long as its thing. In a mask, the clearest outline wins.
 */
const WEIGHTS: Readonly<Record<'click' | 'plain' | 'stroke' | 'mask', OutlineWeights>> = {
  click: {
    grounded: -0.3,
    apart: 1.1,
    framed: 0.9,
    edge: 1.65,
    size: -3.2,
    sizeSquared: -0.5,
    likeness: 0.3,
  },
  plain: {
    grounded: 2.7,
    apart: 0.25,
    framed: 1,
    edge: 1.85,
    size: -1.2,
    sizeSquared: -0.29,
    likeness: 0.85,
  },
  stroke: {
    grounded: 0.4,
    apart: -1.1,
    framed: 0,
    edge: 2.5,
    size: -0.9,
    sizeSquared: -0.11,
    likeness: 0,
  },
  mask: {
    grounded: 1.1,
    apart: 0.5,
    framed: 0.25,
    edge: 2,
    size: 0.95,
    sizeSquared: 0.08,
    likeness: 0.6,
  },
}
/** A photo has a plain ground if steps up to this size, in Lab, reach this share of it. */
const PLAIN_STEP = 2
const PLAIN_SHARE = 0.78

/** How far from a stroke its correction reaches, as a share of the longer side. */
const CORRECTION_REACH = 0.15
/** A bias that outweighs any colour. */
const CERTAIN = 8
const CORRECTION_SMOOTHNESS = 2

/** The input of proposals. */
type Scene = {
  readonly graph: SuperpixelGraph
  readonly incidence: Incidence
  readonly seeds: Seeds
  /** Path costs from the seeds, and the largest step on the smoothest path from the border. */
  readonly costs: Float64Array
  readonly ground: Float64Array
  /** Null for a box. */
  readonly weights: OutlineWeights | null
}

/** Best first. */
export function proposals(graph: SuperpixelGraph, seeds: Seeds): Proposal[] {
  const incidence = incidenceOf(graph)
  const frame = indicesOf(graph.frame.map((pixels) => (pixels > 0 ? 1 : 0)))
  const ground = pathCosts(graph, incidence, frame, sharpestStep)
  const scene: Scene = {
    graph,
    incidence,
    seeds,
    ground,
    costs: pathCosts(graph, incidence, indicesOf(seeds.inside), sumOfSteps),
    weights: weightsOf(graph, seeds, ground),
  }
  if (seeds.correction !== null) return corrected(scene, seeds.correction)
  const found =
    seeds.kind === 'box'
      ? [...wholes(scene), ...ovals(scene), ...likenesses(scene)]
      : [...wholes(scene), ...likenesses(scene), ...discs(scene), ...figures(scene)]
  return found.sort((one, other) => other.score - one.score)
}

function weightsOf(
  graph: SuperpixelGraph,
  { kind }: Seeds,
  ground: Float64Array,
): OutlineWeights | null {
  if (kind === 'box') return null
  if (kind !== 'click') return WEIGHTS[kind]
  const plain = graph.area.reduce((sum, area, i) => sum + (ground[i]! <= PLAIN_STEP ? area : 0), 0)
  return WEIGHTS[plain > PLAIN_SHARE * graph.width * graph.height ? 'plain' : 'click']
}

/** Scores a cut-out. */
function proposal(scene: Scene, cut: Uint8Array, bonus = 0): Proposal {
  const { graph, incidence, seeds, ground, weights } = scene
  const side = tidied(graph, incidence, cut, seeds)
  const score =
    weights === null
      ? boxScore(graph, side, ground, seeds)
      : bonus + looseScore(graph, side, ground, weights)
  return { side, score }
}

/** The cuts from one start. */
function cuts(
  scene: Scene,
  start: Omit<CutStart, 'inside' | 'outside'>,
  bonus = 0,
  smoothness = SMOOTHNESS,
): Proposal[] {
  const { inside, outside } = scene.seeds
  return smoothness.map((smooth) => {
    const options = { smoothness: smooth, rounds: ROUNDS }
    return proposal(
      scene,
      cutSuperpixels(scene.graph, { inside, outside, ...start }, options),
      bonus,
    )
  })
}

/** The previous cut-out, cut again by colour near the last strokes. */
function corrected(
  scene: Scene,
  { previous, added, removed }: NonNullable<Seeds['correction']>,
): Proposal[] {
  const { graph, incidence, seeds } = scene
  const { inside, outside } = seeds
  const reach = CORRECTION_REACH * Math.max(graph.width, graph.height)
  const [toAdded, toRemoved] = [distances(graph, added), distances(graph, removed)]
  const thing = Float32Array.from(inside, (value, i) =>
    outside[i] === 0 && (value === 1 || previous[i] === 1) ? 1 : 0,
  )
  const lean = thing.map((_, i) => {
    const distance = (previous[i] === 1 ? toRemoved[i] : toAdded[i]) as number
    return (previous[i] === 1 ? -1 : 1) * CERTAIN * Math.min(1, distance / reach) ** 2
  })
  const cut = cutSuperpixels(
    graph,
    { inside, outside, thing, rest: thing.map((value) => 1 - value), lean },
    { smoothness: CORRECTION_SMOOTHNESS, rounds: 1 },
  )
  // Parts of the previous cut-out are kept without a stroke on them.
  const kept = Uint8Array.from(inside, (value, i) =>
    value === 1 || (previous[i] === 1 && cut[i] === 1) ? 1 : 0,
  )
  return [{ side: tidied(graph, incidence, cut, { ...seeds, inside: kept }), score: 0 }]
}

/** Proposals that start from everything inside the bounds, against everything outside. */
function wholes(scene: Scene): Proposal[] {
  const { bounds } = scene.seeds
  if (bounds === null) return []
  const thing = Float32Array.from(bounds)
  return cuts(scene, { thing, rest: thing.map((value) => 1 - value), lean: null })
}

/** Proposals that start from a rounded shape inside the box. */
function ovals(scene: Scene): Proposal[] {
  const { graph, seeds } = scene
  const bounds = seeds.bounds as Uint8Array
  const box = extentOf(graph, bounds)
  const halfWidth = (box.right - box.left + 1) / 2
  const halfHeight = (box.bottom - box.top + 1) / 2
  const radius = Float32Array.from(graph.x, (x, i) => {
    const across = Math.abs(x - box.left - halfWidth) / halfWidth
    const down = Math.abs(graph.y[i]! - box.top - halfHeight) / halfHeight
    return Math.cbrt(across ** 3 + down ** 3)
  })
  const thing = radius.map((r, i) => (bounds[i] === 1 && r < 0.75 ? 1 : 0))
  const rest = radius.map((r, i) => (bounds[i] === 1 ? 0 : r < 2.2 ? 1 : 0.2))
  return [0.5, 1.2, 2.5].flatMap((strength) => {
    const lean = radius.map((r) => strength * (Math.min(2, r * r) - 0.8))
    return cuts(scene, { thing, rest, lean })
  })
}

/** Proposals that start from the superpixels most like the seeds, in several sizes. */
function likenesses(scene: Scene): Proposal[] {
  const { graph, seeds, costs } = scene
  const { outside, bounds } = seeds
  const order = [...costs.keys()].filter((i) => bounds === null || bounds[i] === 1)
  order.sort((i, j) => costs[i]! - costs[j]!)
  const total = order.reduce((sum, i) => sum + graph.area[i]!, 0)
  return SHARES.flatMap((share) => {
    const thing = new Float32Array(graph.count)
    let reached = 0
    let limit = 0
    for (const superpixel of order) {
      if (reached >= share * total) break
      reached += graph.area[superpixel]!
      thing[superpixel] = 1
      limit = costs[superpixel]!
    }
    const rest = Float32Array.from(costs, (cost, i) =>
      outside[i] === 1 || cost > 1.3 * limit ? 1 : 0,
    )
    const lean = Float32Array.from(costs, (cost) =>
      Math.max(-0.7, Math.min(1.5, 0.7 * (cost / (limit + 1) - 1.2))),
    )
    return cuts(scene, { thing, rest, lean }, scene.weights?.likeness ?? 0)
  })
}

/** Proposals that start from discs around the seeds. */
function discs(scene: Scene): Proposal[] {
  const { graph, seeds } = scene
  const distance = distances(graph, indicesOf(seeds.inside))
  return RADII.flatMap((part) => {
    const radius = distance.map((d) => d / (part * Math.max(graph.width, graph.height)))
    const thing = radius.map((r) => (r < 0.75 ? 1 : 0))
    const rest = radius.map((r) => (r < 1.4 ? 0 : r < 3 ? 1 : 0.2))
    return [0.4, 1.2].flatMap((strength) => {
      const lean = radius.map((r) => strength * (Math.min(4, r * r) - 1))
      return cuts(scene, { thing, rest, lean }, 0, [SMOOTH])
    })
  })
}

/** Distance of each superpixel to the nearest seed, in pixels. */
function distances({ x, y, count }: SuperpixelGraph, seeds: readonly number[]): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let least = Number.POSITIVE_INFINITY
    for (const seed of seeds)
      least = Math.min(least, (x[i]! - x[seed]!) ** 2 + (y[i]! - y[seed]!) ** 2)
    return Math.sqrt(least)
  })
}

/** Proposals of everything that no smooth path from the border reaches. */
function figures(scene: Scene): Proposal[] {
  const { outside } = scene.seeds
  return STEPS.map((step) => {
    const cut = Uint8Array.from(scene.ground, (cost, i) =>
      cost > step && outside[i] === 0 ? 1 : 0,
    )
    return proposal(scene, cut)
  })
}
