/**
 * Where the pixels of a result may come from in the photo: along the field of the drags, by the whole
 * tokens of the plan, which is how a backbone sees them move, or from their own place.
 */

import type { Size } from '../../../shared/drag.ts'
import type { Displacement } from '../../../shared/geometry/displacement.ts'
import {
  CELL,
  type PixelField,
  pixelDisplacement,
  sweep,
} from '../../../shared/geometry/fields/pixel-field.ts'
import type { DragPlan, Motion } from '../../../shared/geometry/plan.ts'
import { tokenPixels } from '../composite.ts'
import { reverseFields } from './reverse-fields.ts'

/**
 * Receives pixels with the displacement to where they come from, in pixels of the photo, and how many
 * of its pixels become one there.
 */
export type Visit = (x: number, y: number, dx: number, dy: number, stretch: number) => void

/** One way to say where pixels come from. */
export type Origin = {
  /** The tokens that it speaks of, flat. */
  readonly tokens: readonly number[]
  /** The displacement at a position of the photo in one of its tokens. */
  readonly at: (token: number, x: number, y: number, out: Displacement) => Displacement
  /** Every pixel of its tokens. */
  readonly each: (visit: Visit) => void
}

/**
 * The ways of an edit, the most trusted first. Vacated tokens come from nowhere.
 *
 * @param motion null if it is not known: then there is no field
 */
export function originsOf(photo: Size, plan: DragPlan, motion: Motion | null): readonly Origin[] {
  const targets = new Set(plan.targets)
  const sources = new Set(plan.sourceMask)
  const stayed = plan.editRegion.filter((token) => targets.has(token) || !sources.has(token))
  const field = motion === null ? [] : [alongField(photo, plan, motion)]
  return [...field, byTokens(photo, plan), inPlace(photo, plan, stayed)]
}

function alongField(photo: Size, plan: DragPlan, motion: Motion): Origin {
  const { grid, targets } = plan
  const fields = new Map(reverseFields(photo, plan, motion).map((field, i) => [targets[i]!, field]))
  const tokenAt = tokenOf(photo, plan)
  return {
    tokens: targets,
    at: (token, x, y, out) => pixelDisplacement(fields.get(token) as PixelField, x, y, out),
    each: (visit) => {
      const cols = Math.ceil(photo.width / CELL)
      const rows = Math.ceil(photo.height / CELL)
      const last = { x: photo.width - 1, y: photo.height - 1 }
      for (const field of new Set(fields.values())) {
        const own = (x: number, y: number) =>
          fields.get(tokenAt(Math.min(x, last.x), Math.min(y, last.y))) === field
        // A cell may reach into several tokens, which may be smaller than a cell.
        const small = Math.min(photo.width / grid.cols, photo.height / grid.rows) < CELL
        const wanted = (col: number, row: number) =>
          small ||
          [0, CELL - 1].some((down) =>
            [0, CELL - 1].some((across) => own(col * CELL + across, row * CELL + down)),
          )
        sweep(
          field,
          { left: 0, top: 0, cols, rows },
          wanted,
          (x, y, count, dx, dy, stepX, stepY) => {
            if (y > last.y) return
            const stretch = Math.hypot(1 + stepX, stepY)
            for (let i = 0; i < count && x + i <= last.x; i++)
              if (own(x + i, y)) visit(x + i, y, dx + i * stepX, dy + i * stepY, stretch)
          },
        )
      }
    },
  }
}

function byTokens(photo: Size, { grid, targets, sources }: DragPlan): Origin {
  const shifts = new Map(
    targets.map((target, i) => {
      const source = sources[i]!
      const cols = (source % grid.cols) - (target % grid.cols)
      const rows = Math.floor(source / grid.cols) - Math.floor(target / grid.cols)
      const shift = { du: (cols * photo.width) / grid.cols, dv: (rows * photo.height) / grid.rows }
      return [target, shift]
    }),
  )
  return shifted(photo, grid, targets, (token) => shifts.get(token) as Displacement)
}

/** Tokens whose pixels come from where they are. */
export function inPlace(photo: Size, { grid }: DragPlan, tokens: readonly number[]): Origin {
  return shifted(photo, grid, tokens, () => ({ du: 0, dv: 0 }))
}

function shifted(
  photo: Size,
  grid: DragPlan['grid'],
  tokens: readonly number[],
  shiftOf: (token: number) => Displacement,
): Origin {
  return {
    tokens,
    at: (token, _x, _y, out) => Object.assign(out, shiftOf(token)),
    each: (visit) => {
      for (const token of tokens) {
        const { du, dv } = shiftOf(token)
        const row = Math.floor(token / grid.cols)
        const { left, top, right, bottom } = tokenPixels(photo, grid, row, token % grid.cols)
        for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) visit(x, y, du, dv, 1)
      }
    },
  }
}

/** The token that contains a pixel's centre. */
function tokenOf({ width, height }: Size, { grid }: DragPlan): (x: number, y: number) => number {
  const cols = Int32Array.from({ length: width }, (_, x) => ((x + 0.5) * grid.cols) / width)
  const rows = Int32Array.from({ length: height }, (_, y) => ((y + 0.5) * grid.rows) / height)
  return (x, y) => rows[y]! * grid.cols + cols[x]!
}
