/**
 * Turns the user's hints into superpixels: strokes on the thing and beside it, and a box or a mask
 * around it.
 */

import type { Point } from '../drag.ts'
import type { Mask } from '../mask.ts'
import { holds, type Rectangle } from './lab.ts'
import type { SuperpixelGraph } from './superpixels/graph.ts'
import { indicesOf } from './superpixels/parts.ts'

/** A line drawn over the photo, in its pixels. A click is a stroke of one point. */
export type Stroke = { readonly points: readonly Point[]; readonly radius: number }

/** The user's hints. */
export type Hints = {
  /** Strokes on the thing: at least one, unless `previous` is corrected. */
  readonly add: readonly Stroke[]
  /** Strokes on what does not belong to the thing. */
  readonly remove: readonly Stroke[]
  /** A tight box around the thing, in pixels of the photo. */
  readonly box?: Rectangle
  /** The thing is anywhere inside this mask, such as an editable mask. */
  readonly within?: Mask
  /** The mask before the last stroke. The stroke corrects it nearby; the rest stays. */
  readonly previous?: Mask
}

/**
 * A pixel of a corrected mask. Strokes that add take nothing from the mask before them, and strokes that
 * remove add nothing: SAM, colours or a hand may have drawn the rest otherwise, and better.
 */
export function oneWay(
  { add, remove }: Pick<Hints, 'add' | 'remove'>,
  before: number,
  after: number,
): number {
  if (add.length > 0 && remove.length > 0) return after
  return remove.length > 0 ? after & before : after | before
}

/** Hints as superpixels of a graph, with 1 for a hint. */
export type Seeds = {
  readonly inside: Uint8Array
  readonly outside: Uint8Array
  /** Superpixels that may belong to the thing; null without a box or a mask. */
  readonly bounds: Uint8Array | null
  /** The kind of hint, which decides how much is known about the size of the thing. */
  readonly kind: 'click' | 'stroke' | 'mask' | 'box'
  /** The mask to correct, and the superpixels under the last stroke of each kind. */
  readonly correction: {
    readonly previous: Uint8Array
    readonly added: readonly number[]
    readonly removed: readonly number[]
  } | null
}

/** The part of the photo that a graph covers. */
export type Window = Rectangle

export function seedsOf(
  hints: Hints,
  photo: Rectangle,
  window: Window,
  graph: SuperpixelGraph,
): Seeds {
  const inside = new Uint8Array(graph.count)
  const outside = new Uint8Array(graph.count)
  const mark = (strokes: readonly Stroke[], flags: Uint8Array) => {
    for (const stroke of strokes)
      for (const at of pixelsUnder(stroke, window, graph)) flags[graph.labels[at]!] = 1
  }
  mark(hints.remove, outside)
  mark(hints.add, inside)
  // The order of strokes is not known here; where strokes of both kinds overlap, `add` wins.
  for (let superpixel = 0; superpixel < graph.count; superpixel++)
    if (inside[superpixel] === 1) outside[superpixel] = 0
  const bounds = boundsOf(hints, photo, window, graph)
  if (bounds !== null)
    for (let superpixel = 0; superpixel < graph.count; superpixel++)
      if (bounds[superpixel] === 0 && inside[superpixel] === 0) outside[superpixel] = 1
  const under = (stroke: Stroke | undefined) => {
    const flags = new Uint8Array(graph.count)
    if (stroke !== undefined) mark([stroke], flags)
    return indicesOf(flags)
  }
  const correction =
    hints.previous === undefined
      ? null
      : {
          previous: mostly(window, graph, (x, y) => isWhite(hints.previous as Mask, photo, x, y)),
          added: under(hints.add.at(-1)),
          removed: under(hints.remove.at(-1)),
        }
  return { inside, outside, bounds, kind: kindOf(hints), correction }
}

function kindOf({ add, remove, box, within }: Hints): Seeds['kind'] {
  if (box !== undefined) return 'box'
  if (within !== undefined) return 'mask'
  const clicks = add.length === 1 && add[0]?.points.length === 1 && remove.length === 0
  return clicks ? 'click' : 'stroke'
}

/** Indices of the window's pixels under a stroke. */
function pixelsUnder(
  stroke: Stroke,
  window: Window,
  { width, height }: SuperpixelGraph,
): Set<number> {
  const found = new Set<number>()
  const scaleX = width / window.width
  const scaleY = height / window.height
  const radius = stroke.radius * scaleX
  const points = stroke.points.map(({ x, y }) => ({
    x: (x - window.left) * scaleX,
    y: (y - window.top) * scaleY,
  }))
  const stamp = (x: number, y: number) => {
    for (let row = Math.floor(y - radius); row <= Math.floor(y + radius); row++)
      for (let col = Math.floor(x - radius); col <= Math.floor(x + radius); col++) {
        if (row < 0 || col < 0 || row >= height || col >= width) continue
        if (Math.hypot(col + 0.5 - x, row + 0.5 - y) > radius + 0.71) continue
        found.add(row * width + col)
      }
  }
  points.forEach((point, i) => {
    const before = points[i - 1] ?? point
    const steps = Math.max(1, Math.ceil(Math.hypot(point.x - before.x, point.y - before.y)))
    for (let step = 1; step <= steps; step++)
      stamp(
        before.x + ((point.x - before.x) * step) / steps,
        before.y + ((point.y - before.y) * step) / steps,
      )
  })
  return found
}

/** 1 for superpixels that are mostly inside the box and the mask. */
function boundsOf(
  { box, within }: Hints,
  photo: Rectangle,
  window: Window,
  graph: SuperpixelGraph,
): Uint8Array | null {
  if (box === undefined && within === undefined) return null
  return mostly(
    window,
    graph,
    (x, y) =>
      (box === undefined || holds(box, { x, y })) &&
      (within === undefined || isWhite(within, photo, x, y)),
  )
}

/** 1 for superpixels of which `isIn` holds for most pixels, in coordinates of the photo. */
function mostly(
  window: Window,
  graph: SuperpixelGraph,
  isIn: (x: number, y: number) => boolean,
): Uint8Array {
  const covered = new Float32Array(graph.count)
  for (let row = 0, at = 0; row < graph.height; row++) {
    const y = window.top + ((row + 0.5) * window.height) / graph.height
    for (let col = 0; col < graph.width; col++, at++) {
      const x = window.left + ((col + 0.5) * window.width) / graph.width
      if (!isIn(x, y)) continue
      const superpixel = graph.labels[at]!
      covered[superpixel] = covered[superpixel]! + 1
    }
  }
  return Uint8Array.from(covered, (pixels, i) => (2 * pixels > graph.area[i]! ? 1 : 0))
}

function isWhite({ width, height, data }: Mask, photo: Rectangle, x: number, y: number): boolean {
  const col = Math.min(width - 1, Math.floor((x * width) / photo.width))
  const row = Math.min(height - 1, Math.floor((y * height) / photo.height))
  return data[row * width + col] === 1
}
