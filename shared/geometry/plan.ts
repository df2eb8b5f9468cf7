/**
 * The geometry on one page: from drags and a mask to everything that the sampler needs (spec:
 * correspondence). Runs on the edge, in the browser and in the CLI with the same integers. Knows
 * nothing of latents, models or HTTP.
 */

import type { Drag, Size } from '../drag.ts'
import type { Warning } from '../edit/warning.ts'
import { EditError } from '../errors.ts'
import { type Mask, tokenCoverage } from '../mask.ts'
import type { TokenGrid } from '../token-grid.ts'
import { correspondence, type Strategy } from './correspondence.ts'
import { dilated } from './dilated.ts'
import {
  doubleView,
  type PreBlocks,
  type ReferenceView,
  type RimKeys,
  referenceView,
  rimTokens,
  type VacatedKeys,
  type ViewKind,
  without,
  withVacated,
} from './reference-view.ts'
import { type Scope, sourceMask, thingTokens } from './source-mask.ts'
import { planWarnings } from './warnings.ts'

/** Options of the geometry. The defaults are our recommendation. */
export type PlanOptions = {
  readonly scope: Scope
  readonly power: number
  readonly strategy: Strategy
  readonly view: ViewKind
  readonly pre: boolean
  readonly preBlocks: PreBlocks
  readonly oam: boolean
  readonly vacated: VacatedKeys
  readonly rim: RimKeys
  /** Width of the edit region around source and target tokens, in tokens. */
  readonly border: number
}

export const defaultPlanOptions: PlanOptions = {
  scope: 'component',
  power: 2,
  strategy: 'reverse-user',
  view: 'gather',
  pre: true,
  preBlocks: 'single',
  oam: true,
  vacated: 'paper',
  rim: 'keep',
  border: 1,
}

/** Which tokens move where. All indices are flat (row-major) in `grid`. */
export type DragPlan = {
  readonly grid: TokenGrid
  /** M_SRC, ascending. */
  readonly sourceMask: readonly number[]
  /** M_DST, ascending. `sources[i]` is the source token of `targets[i]`. */
  readonly targets: readonly number[]
  readonly sources: readonly number[]
  /**
   * Reference tokens that target queries see in single-stream blocks, and in double-stream blocks:
   * there at their own positions, unless `doublePositions` says otherwise.
   */
  readonly view: ReferenceView
  readonly doubleView: readonly number[]
  readonly doublePositions?: readonly number[]
  /** Tokens that may change, ascending: M_SRC and M_DST, dilated by `border` tokens. */
  readonly editRegion: readonly number[]
}

/**
 * What moves the parts of a plan: the drags of each, in the order of their first source tokens. One
 * part alone has all source tokens.
 */
export type Motion = {
  readonly power: number
  readonly parts: readonly (readonly Drag[])[]
  /** The index of the part of each token of the source mask; absent if the parts are its components. */
  readonly partOf?: readonly number[]
}

/** A plan, what may surprise in it, and what moves its parts. */
export type WarnedPlan = DragPlan & {
  readonly warnings: readonly Warning[]
  readonly motion: Motion
}

/** The sizes of a plan, for responses that leave out its thousands of indices. */
export function planSizes({ grid, sourceMask, targets, view, editRegion }: DragPlan) {
  return {
    grid,
    sourceMask: sourceMask.length,
    targets: targets.length,
    view: view.tokens.length,
    editRegion: editRegion.length,
  }
}

/**
 * Computes the plan.
 *
 * @param image size of the image as displayed, in pixels, as for the drags
 * @throws EditError `no_drags`, `handle_outside_image`, `target_outside_image`,
 * `handle_outside_mask`, `nothing_moves`, `nothing_lands`
 */
export function planDrags(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  mask: Mask,
  options: PlanOptions = defaultPlanOptions,
): WarnedPlan {
  checkPoints(image, drags)
  const coverage = tokenCoverage(mask, grid)
  const things = options.scope === 'thing' ? thingTokens(mask, grid) : null
  const full = mask.width * mask.height
  const source = sourceMask(image, grid, drags, coverage, full, options.scope, things)
  const map = correspondence(image, grid, drags, source, options.strategy, options.power)

  const inSource = flags(source.label)
  const landed = flags(map.source)
  const touched = inSource.slice()
  const vacated = inSource.slice()
  for (let i = 0; i < landed.length; i++)
    if (landed[i] === 1) {
      touched[i] = 1
      vacated[i] = 0
    }
  const size = { width: grid.cols, height: grid.rows }
  const targets = indicesOf(landed)
  if (targets.length === 0)
    throw new EditError('nothing_lands', 'no part of the mask lands inside the image', {
      pointer: '/drags',
    })
  const sourceTokens = indicesOf(inSource)
  const rim =
    options.rim === 'clear' ? rimTokens(grid, inSource, coverage, full, options.border) : null
  const seen = (view: ReferenceView) => {
    const shown = withVacated(view, vacated, options.vacated)
    return rim === null ? shown : without(shown, rim)
  }
  const view = seen(referenceView(options.view, inSource, map, options))
  const inDouble =
    options.preBlocks === 'all'
      ? { doubleView: view.tokens, doublePositions: view.positions }
      : { doubleView: seen(doubleView(inSource, map, options.oam)).tokens }
  return {
    grid,
    sourceMask: sourceTokens,
    targets,
    sources: targets.map((q) => map.source[q]!),
    view,
    ...inDouble,
    editRegion: indicesOf(dilated(touched, size, options.border)),
    warnings: planWarnings({ image, grid, drags, coverage, source, map, things }),
    motion: {
      power: options.power,
      parts: source.parts.map((part) => part.drags.map((i) => drags[i]!)),
      ...(things !== null && { partOf: sourceTokens.map((token) => source.label[token]!) }),
    },
  }
}

/** @throws EditError if there are no drags or a point is outside the image */
export function checkPoints(image: Size, drags: readonly Drag[]): void {
  if (drags.length === 0) throw new EditError('no_drags', 'drags is empty', { pointer: '/drags' })
  drags.forEach((drag, i) => {
    for (const end of ['handle', 'target'] as const) {
      const { x, y } = drag[end]
      if (x >= 0 && y >= 0 && x <= image.width && y <= image.height) continue
      throw new EditError(
        `${end}_outside_image`,
        `drags[${i}].${end} (${x}, ${y}) is outside the image of ${image.width}x${image.height}`,
        { pointer: `/drags/${i}/${end}` },
      )
    }
  })
}

/** 0 for -1, otherwise 1. */
function flags(values: Int32Array): Uint8Array {
  const out = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) if (values[i] !== -1) out[i] = 1
  return out
}

function indicesOf(flagged: Uint8Array): number[] {
  const found: number[] = []
  for (let i = 0; i < flagged.length; i++) if (flagged[i] === 1) found.push(i)
  return found
}
