/**
 * Where the thing is in the photo, and where it should be in the result: by the drags and the case's
 * mask, so that all engines are measured at the same places. What an engine says it moved is for
 * faults that are its own: at the border of its thing, and in the place that it left.
 */

import type { Drag, Size } from '../../../shared/drag.ts'
import { type DisplacementField, evaluateField } from '../../../shared/geometry/displacement.ts'
import { labelComponents } from '../../../shared/geometry/source-mask.ts'
import { automaticMask, type Mask, maskAt } from '../../../shared/mask.ts'
import type { EvaluationCase } from '../../case.ts'
import type { Edited } from '../../engine.ts'
import { pixelAt } from './drag-points.ts'

/** The paper's. */
const POWER = 2
/** Labels that are no part's: of pixels outside the mask, and of all parts without a handle. */
const [OUTSIDE, OTHERS] = [-1, -2]

export type Landing = {
  /** Whether somebody says what the thing is; otherwise it is taken to be discs at the handles. */
  readonly known: boolean
  /** 1 on the thing in the photo. */
  readonly source: Uint8Array
  /** For each pixel of the result the flat index of the photo's pixel that lands there, or -1. */
  readonly from: Int32Array
}

const landings = new WeakMap<EvaluationCase | Mask, Landing>()

/**
 * The landing of a case's thing: its object mask, or where it has none, discs around the moving
 * handles inside its editable mask. Kept as long as the case.
 */
export function landingOf(one: EvaluationCase): Landing {
  return kept(one, () => landingOn(thingOf(one), one))
}

/** The same, but where the case has no mask of the thing, of what the engine says it moved. */
export function landingOfMoved(one: EvaluationCase, { moved }: Pick<Edited, 'moved'>): Landing {
  if (one.mask?.kind === 'object' || moved === undefined) return landingOf(one)
  return kept(moved, () => {
    const mask = maskAt(moved, one.size)
    return { known: true, source: mask.data, from: landedFrom(mask, one.size, one.drags) }
  })
}

function kept(key: EvaluationCase | Mask, make: () => Landing): Landing {
  const landing = landings.get(key) ?? make()
  landings.set(key, landing)
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
  const labels = labelComponents(mask.data, { rows: height, cols: width })
  const ownLabel = drags.map(({ handle }) => {
    const { col, row } = pixelAt(handle, size)
    return labels[row * width + col] as number
  })
  const dragged = new Set(ownLabel.filter((label) => label !== OUTSIDE))
  // Parts without a handle move together.
  for (const label of [OTHERS, ...dragged]) {
    const isPart = (one: number) =>
      label === OTHERS ? one !== OUTSIDE && !dragged.has(one) : one === label
    if (!labels.some(isPart)) continue
    const field = reverseField(drags.filter((_, i) => label === OTHERS || ownLabel[i] === label))
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
