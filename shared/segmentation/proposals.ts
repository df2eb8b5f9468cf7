/**
 * Guesses at the thing that hints point at. A click says where, not how much: things of several
 * sizes and shapes are cut out, and each is judged by its outline.
 */

import { type CutStart, cutSuperpixels } from './cut.ts'
import { boxScore, looseScore, type OutlineWeights } from './outline.ts'
import type { Seeds } from './seeds.ts'
import type { SuperpixelGraph } from './superpixels/graph.ts'
import { extentOf, type Incidence, incidenceOf, indicesOf, tidied } from './superpixels/parts.ts'
import { pathCosts, sharpestStep, sumOfSteps } from './superpixels/paths.ts'

/** A cut-out (1 for superpixels of the thing) and the log of how likely it is. */
export type Proposal = { readonly side: Uint8Array; readonly score: number }

const SMOOTH = 8
const SMOOTHNESS = [2, SMOOTH]
const ROUNDS = 3
/** Sizes of what is most like the seeds, as shares of where the thing may be. */
const SHARES = [0.006, 0.015, 0.03, 0.06, 0.12, 0.25, 0.5]
/** Radii around a click, as shares of the longest side. */
const RADII = [0.07, 0.11, 0.17, 0.25, 0.36]
/** Sharpest steps that still are ground, in Lab. */
const STEPS = [5, 8, 12, 18, 26]

/**
 * What outlines are worth, by what was hinted at. Fitted to drawn scenes and to hand-drawn masks of
 * photos, and rounded: a click means something of a few hundredths of the photo, on a plain ground all
 * that is not ground; after a stroke the size is that of the stroke; inside a mask, it is what has the
 * clearest outline.
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
/** A photo is plain where steps of at most so much, in Lab, lead to so much of it from its frame. */
const PLAIN_STEP = 2
const PLAIN_SHARE = 0.78

/** How far from a stroke it corrects, as a share of the longest side. */
const CORRECTION_REACH = 0.15
/** A leaning that no colour outweighs. */
const CERTAIN = 8
const CORRECTION_SMOOTHNESS = 2

/** Everything that guesses are made from. */
type Scene = {
  readonly graph: SuperpixelGraph
  readonly incidence: Incidence
  readonly seeds: Seeds
  /** Ways from the seeds, and the sharpest step on the smoothest way from the frame. */
  readonly ways: Float64Array
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
    ways: pathCosts(graph, incidence, indicesOf(seeds.inside), sumOfSteps),
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

/** Judges what was cut out. */
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

/** What was found before, but near the last stroke of either kind, where colours decide anew. */
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
    return (previous[i] === 1 ? -1 : 1) * CERTAIN * Math.min(1, distance / reach)
  })
  const cut = cutSuperpixels(
    graph,
    { inside, outside, thing, rest: thing.map((value) => 1 - value), lean },
    { smoothness: CORRECTION_SMOOTHNESS, rounds: 1 },
  )
  // What was there before holds its own parts: they need no stroke of theirs.
  const kept = Uint8Array.from(inside, (value, i) =>
    value === 1 || (previous[i] === 1 && cut[i] === 1) ? 1 : 0,
  )
  return [{ side: tidied(graph, incidence, cut, { ...seeds, inside: kept }), score: 0 }]
}

/** All that the bounds hold, against what lies around them. */
function wholes(scene: Scene): Proposal[] {
  const { bounds } = scene.seeds
  if (bounds === null) return []
  const thing = Float32Array.from(bounds)
  return cuts(scene, { thing, rest: thing.map((value) => 1 - value), lean: null })
}

/** What fills a box as most things do. */
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

/** What is most like the seeds, by so much. */
function likenesses(scene: Scene): Proposal[] {
  const { graph, seeds, ways } = scene
  const { outside, bounds } = seeds
  const order = [...ways.keys()].filter((i) => bounds === null || bounds[i] === 1)
  order.sort((i, j) => ways[i]! - ways[j]!)
  const total = order.reduce((sum, i) => sum + graph.area[i]!, 0)
  return SHARES.flatMap((share) => {
    const thing = new Float32Array(graph.count)
    let reached = 0
    let limit = 0
    for (const superpixel of order) {
      if (reached >= share * total) break
      reached += graph.area[superpixel]!
      thing[superpixel] = 1
      limit = ways[superpixel]!
    }
    const rest = Float32Array.from(ways, (way, i) =>
      outside[i] === 1 || way > 1.3 * limit ? 1 : 0,
    )
    const lean = Float32Array.from(ways, (way) =>
      Math.max(-0.7, Math.min(1.5, 0.7 * (way / (limit + 1) - 1.2))),
    )
    return cuts(scene, { thing, rest, lean }, scene.weights?.likeness ?? 0)
  })
}

/** What lies around the seeds. */
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

/** From every superpixel to the nearest of the seeds, in pixels. */
function distances({ x, y, count }: SuperpixelGraph, seeds: readonly number[]): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let least = Number.POSITIVE_INFINITY
    for (const seed of seeds)
      least = Math.min(least, (x[i]! - x[seed]!) ** 2 + (y[i]! - y[seed]!) ** 2)
    return Math.sqrt(least)
  })
}

/** What no smooth way from the frame leads to. */
function figures(scene: Scene): Proposal[] {
  const { outside } = scene.seeds
  return STEPS.map((step) => {
    const cut = Uint8Array.from(scene.ground, (way, i) => (way > step && outside[i] === 0 ? 1 : 0))
    return proposal(scene, cut)
  })
}
