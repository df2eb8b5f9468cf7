/**
 * Where the thing is in the photo, and where it should be in the result: by the drags and the case's
 * mask alone, so that all engines are measured at the same places.
 */

import type { Drag, Size } from '../../../shared/drag.ts'
import { type DisplacementField, evaluateField } from '../../../shared/geometry/displacement.ts'
import { automaticMask, type Mask, maskAt } from '../../../shared/mask.ts'
import type { EvaluationCase } from '../../case.ts'
import { pixelAt } from './drag-points.ts'

/** The paper's. */
const POWER = 2

export type Landing = {
  /** Whether the case has a mask of the thing; otherwise it is taken to be discs at the handles. */
  readonly known: boolean
  /** 1 on the thing in the photo. */
  readonly source: Uint8Array
  /** For each pixel of the result the flat index of the photo's pixel that lands there, or -1. */
  readonly from: Int32Array
}

const landings = new WeakMap<EvaluationCase, Landing>()

/**
 * The landing of a case's thing: its object mask, or where it has none, discs around the moving
 * handles inside its editable mask. Kept as long as the case.
 */
export function landingOf(one: EvaluationCase): Landing {
  const known = landings.get(one)
  if (known !== undefined) return known
  const landing = landingOn(thingOf(one), one)
  landings.set(one, landing)
  return landing
}

function landingOn(mask: Mask, one: EvaluationCase): Landing {
  const known = one.mask?.kind === 'object'
  // A thing moves as the engine was asked; discs are at the points that are scored.
  const from = landedFrom(mask, one.size, known ? one.drags : one.scored)
  return { known, source: mask.data, from }
}

function thingOf({ size, scored, mask }: EvaluationCase): Mask {
  if (mask?.kind === 'object') return mask.mask
  const discs = maskAt(automaticMask(size, scored), size)
  if (mask === null) return discs
  return { ...size, data: discs.data.map((flag, at) => flag & (mask.mask.data[at] as number)) }
}

/**
 * For each pixel the flat index of the pixel of the mask that lands there, or -1. Each connected part
 * of the mask is moved by the drags whose handles are on it, or by all drags if none is; what is
 * between them, by inverse distance from the targets (paper, Eq. 3).
 */
export function landedFrom(mask: Mask, size: Size, drags: readonly Drag[]): Int32Array {
  const { width, height } = size
  const from = new Int32Array(width * height).fill(-1)
  const labels = partsOf(mask)
  const ownLabel = drags.map(({ handle }) => {
    const { col, row } = pixelAt(handle, size)
    return labels[row * width + col] as number
  })
  const dragged = new Set(ownLabel.filter((label) => label > 0))
  // Parts without a handle move together.
  for (const label of [0, ...dragged]) {
    const isPart = (one: number) => (label === 0 ? one > 0 && !dragged.has(one) : one === label)
    if (!labels.some(isPart)) continue
    const field = reverseField(drags.filter((_, i) => label === 0 || ownLabel[i] === label))
    const moved = { du: 0, dv: 0 }
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        evaluateField(field, x + 0.5, y + 0.5, moved)
        const col = Math.floor(x + 0.5 - moved.du)
        const row = Math.floor(y + 0.5 - moved.dv)
        if (col < 0 || row < 0 || col >= width || row >= height) continue
        const source = row * width + col
        if (isPart(labels[source] as number)) from[at] = source
      }
  }
  return from
}

/** Vectors from handles to targets, anchored at the targets. */
function reverseField(drags: readonly Drag[]): DisplacementField {
  const each = (value: (drag: Drag) => number) => Float64Array.from(drags, value)
  return {
    anchorU: each(({ target }) => target.x),
    anchorV: each(({ target }) => target.y),
    du: each(({ handle, target }) => target.x - handle.x),
    dv: each(({ handle, target }) => target.y - handle.y),
    power: POWER,
  }
}

/** The number of the connected part (by sides) at each white pixel, from 1; 0 at black ones. */
function partsOf({ width, height, data }: Mask): Int32Array {
  const labels = new Int32Array(data.length)
  const stack: number[] = []
  let count = 0
  for (let start = 0; start < data.length; start++) {
    if (data[start] !== 1 || labels[start] !== 0) continue
    count++
    const visit = (at: number) => {
      if (data[at] !== 1 || labels[at] !== 0) return
      labels[at] = count
      stack.push(at)
    }
    visit(start)
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const col = at % width
      if (col > 0) visit(at - 1)
      if (col + 1 < width) visit(at + 1)
      if (at >= width) visit(at - width)
      if (at + width < width * height) visit(at + width)
    }
  }
  return labels
}
