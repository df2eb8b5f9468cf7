/**
 * From drags and a mask to everything the sampler needs: the geometry on one page (spec:
 * correspondence). Runs at the edge, in the browser and in the CLI, and gives the same integers
 * everywhere. Knows nothing of latents, models or HTTP.
 */

import type { Drag, Size } from '../drag.ts'
import { EditError } from '../errors.ts'
import { type Mask, tokenCoverage } from '../mask.ts'
import { forEachNeighbour, type TokenGrid } from '../token-grid.ts'
import { correspondence, type Strategy } from './correspondence.ts'
import { doubleView, type ReferenceView, referenceView, type ViewKind } from './reference-view.ts'
import { sourceMask } from './source-mask.ts'

/** The switches of the method; the defaults are what we believe best. */
export type PlanOptions = {
  readonly scope: 'component' | 'global'
  readonly power: number
  readonly strategy: Strategy
  readonly view: ViewKind
  readonly pre: boolean
  readonly oam: boolean
}

export const defaultPlanOptions: PlanOptions = {
  scope: 'component',
  power: 2,
  strategy: 'reverse-user',
  view: 'gather',
  pre: true,
  oam: true,
}

/** Which tokens move where. All indices are flat (row-major) and refer to `grid`. */
export type DragPlan = {
  readonly grid: TokenGrid
  /** M_SRC, ascending. */
  readonly sourceMask: readonly number[]
  /** M_DST, ascending; `sources[i]` is where `targets[i]` takes its content from. */
  readonly targets: readonly number[]
  readonly sources: readonly number[]
  /**
   * What target queries see of the reference in single-stream blocks, and in double-stream blocks
   * (native positions).
   */
  readonly view: ReferenceView
  readonly doubleView: readonly number[]
  /** What may change, ascending: M_SRC and M_DST, dilated by one token. */
  readonly editRegion: readonly number[]
}

/**
 * Computes the plan.
 *
 * @param image size of the image as displayed, in pixels; drags are in its pixels
 * @throws EditError `no_drags`, `handle_outside_image`, `target_outside_image`,
 * `handle_outside_mask`, `nothing_moves`, `nothing_lands`
 */
export function planDrags(
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  mask: Mask,
  options: PlanOptions = defaultPlanOptions,
): DragPlan {
  checkPoints(image, drags)
  const coverage = tokenCoverage(mask, grid)
  const source = sourceMask(image, grid, drags, coverage, mask.width * mask.height, options.scope)
  const map = correspondence(image, grid, drags, source, options.strategy, options.power)

  const inSource = Uint8Array.from(source.label, (label) => (label === -1 ? 0 : 1))
  const targets = indicesOf(map.source, (from) => from !== -1)
  if (targets.length === 0)
    throw new EditError('nothing_lands', 'no part of the mask lands inside the image', {
      pointer: '/drags',
    })
  return {
    grid,
    sourceMask: indicesOf(inSource, (value) => value === 1),
    targets,
    sources: targets.map((q) => map.source[q] as number),
    view: referenceView(options.view, inSource, map, options),
    doubleView: doubleView(inSource, map, options.oam),
    editRegion: editRegion(grid, inSource, map.source),
  }
}

/** @throws EditError if there are no drags or a point lies outside the image */
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

function editRegion(grid: TokenGrid, inSource: Uint8Array, source: Int32Array): number[] {
  const region = new Uint8Array(source.length)
  for (let index = 0; index < source.length; index++) {
    if (inSource[index] === 0 && source[index] === -1) continue
    region[index] = 1
    forEachNeighbour(index, grid, (neighbour) => {
      region[neighbour] = 1
    })
  }
  return indicesOf(region, (value) => value === 1)
}

function indicesOf(values: Uint8Array | Int32Array, wanted: (value: number) => boolean): number[] {
  const found: number[] = []
  for (let i = 0; i < values.length; i++) if (wanted(values[i] as number)) found.push(i)
  return found
}
