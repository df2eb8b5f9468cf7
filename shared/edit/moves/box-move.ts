/** Moves of things from box to box, as vision models and other image APIs write boxes. */

import { type Drag, isPin, MAX_DRAGS, type Size } from '../../drag.ts'
import { EditError } from '../../errors.ts'
import type { Rectangle } from '../../segmentation/lab.ts'

/** Coordinates of a box are thousandths of the photo's height and width. */
export const GRID = 1000
/** Each may become five drags. */
export const MAX_MOVES = 12

/** A move: boxes as [top, left, bottom, right], and degrees clockwise about the middle of `to`. */
export type BoxMove = {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly rotate: number
}

/** @param box [top, left, bottom, right] */
export function sidesOf([top, left, bottom, right]: BoxMove['from']) {
  return { top, left, bottom, right } as Record<'top' | 'left' | 'bottom' | 'right', number>
}

/** Which box of a move. */
export type BoxEnd = 'from' | 'to'

/**
 * A box of a move, in pixels of an image of any size.
 *
 * @param index of the move
 * @throws EditError `invalid_option` for a box without an area
 */
export function boxIn(
  { width, height }: Size,
  move: BoxMove,
  end: BoxEnd,
  index: number,
): Rectangle {
  const { top, left, bottom, right } = sidesOf(move[end])
  if (bottom > top && right > left)
    return {
      left: (left * width) / GRID,
      top: (top * height) / GRID,
      width: ((right - left) * width) / GRID,
      height: ((bottom - top) * height) / GRID,
    }
  throw new EditError(
    'invalid_option',
    `moves[${index}].${end} is [${move[end].join(', ')}]; a box is [top, left, bottom, right], with bottom > top and right > left`,
    { pointer: `/moves/${index}/${end}` },
  )
}

/** The most drags that a move becomes. */
const DRAGS_EACH = 5

/**
 * Checks that moves are combined with nothing that speaks against them.
 *
 * @throws EditError `invalid_option`
 */
export function checkBoxMoves(
  { drags, moves }: { readonly drags: readonly Drag[]; readonly moves: readonly BoxMove[] },
  maskKind: 'object' | 'editable',
): void {
  if (moves.length === 0) return
  const reject = (detail: string, pointer: string) => {
    throw new EditError('invalid_option', detail, { pointer })
  }
  if (maskKind === 'editable')
    reject('moves say where their things are; leave maskKind out, or send drags', '/maskKind')
  const moving = drags.findIndex((drag) => !isPin(drag))
  if (moving !== -1)
    reject(
      `drags[${moving}] moves something; beside moves, drags can only be pins (target = handle)`,
      `/drags/${moving}`,
    )
  if (DRAGS_EACH * moves.length + drags.length > MAX_DRAGS)
    reject(
      `${moves.length} moves and ${drags.length} pins may become more than ${MAX_DRAGS} drags`,
      '/moves',
    )
}
