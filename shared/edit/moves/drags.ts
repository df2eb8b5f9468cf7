/** Turns moves from box to box into drags, once it is known which pixels are the things. */

import type { Drag, Point, Size } from '../../drag.ts'
import { EditError } from '../../errors.ts'
import { type Mask, maskOfThing, maskOfThings } from '../../mask.ts'
import type { Rectangle } from '../../segmentation/lab.ts'
import { type BoxMove, boxIn, sidesOf } from './box-move.ts'
import { endsOf, nearest } from './ends.ts'

/** The longer side of a mask of boxes. */
const SIDE = 1024

/**
 * White on the boxes `from`, each a thing of its own, numbered as the moves are.
 *
 * @throws EditError `invalid_option`
 */
export function maskOfBoxes(image: Size, moves: readonly BoxMove[]): Mask {
  const scale = Math.min(1, SIDE / Math.max(image.width, image.height))
  const size = {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  }
  const each = moves.map((move, i) => whiteIn(size, boxIn(size, move, 'from', i)))
  return maskOfThings(size, each)
}

/**
 * The drags that say what moves say. A move that only shifts its thing is one drag; any other has one more at
 * each end of the thing.
 *
 * @param image size as displayed, in pixels
 * @param mask of the image's shape. Where it tells things apart by the numbers of the moves, each move has
 * its own; else what of it lies in the box `from`
 * @returns in pixels of the image
 * @throws EditError `invalid_option`; `handle_outside_mask` for a box without a white pixel;
 * `target_outside_image` for a turn that takes an end of the thing out of the image
 */
export function dragsOfMoves(
  image: Size,
  moves: readonly BoxMove[],
  mask: Mask,
  byNumber: boolean,
): Drag[] {
  return moves.flatMap((move, index) => {
    const box = boxIn(mask, move, 'from', index)
    const data = byNumber ? maskOfThing(mask, index + 1).data : partIn(mask, box)
    const thing = { width: mask.width, height: mask.height, data }
    const middle = nearest(thing, { x: box.left + box.width / 2, y: box.top + box.height / 2 })
    if (middle === null)
      throw new EditError(
        'handle_outside_mask',
        `the mask has no white pixel in moves[${index}].from, [${move.from.join(', ')}]`,
        { pointer: `/moves/${index}/from` },
      )
    const handles = isShift(move) ? [middle] : [middle, ...endsOf(thing)]
    const mapped = mappingOf(move, image, index)
    return handles.map((point) => {
      const handle = {
        x: (point.x * image.width) / mask.width,
        y: (point.y * image.height) / mask.height,
      }
      return { handle, target: inside(image, mapped(handle), index) }
    })
  })
}

function isShift({ from, to, rotate }: BoxMove): boolean {
  const size = (box: BoxMove['from']) => {
    const { top, left, bottom, right } = sidesOf(box)
    return [bottom - top, right - left]
  }
  const [before, after] = [size(from), size(to)]
  return rotate === 0 && before.every((length, i) => Math.abs(length - (after[i] as number)) < 1e-6)
}

/** Where a move takes a point of the image. */
function mappingOf(move: BoxMove, image: Size, index: number): (point: Point) => Point {
  const from = boxIn(image, move, 'from', index)
  const to = boxIn(image, move, 'to', index)
  const angle = (move.rotate * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return (point) => {
    const x = ((point.x - from.left) / from.width - 0.5) * to.width
    const y = ((point.y - from.top) / from.height - 0.5) * to.height
    return {
      x: to.left + to.width / 2 + cos * x - sin * y,
      y: to.top + to.height / 2 + sin * x + cos * y,
    }
  }
}

/** @throws EditError `target_outside_image` */
function inside({ width, height }: Size, { x, y }: Point, index: number): Point {
  // By rounding alone, a point at the border may be a hair outside.
  const most = 1e-6 * Math.max(width, height)
  if (x >= -most && y >= -most && x <= width + most && y <= height + most)
    return { x: Math.min(width, Math.max(0, x)), y: Math.min(height, Math.max(0, y)) }
  throw new EditError(
    'target_outside_image',
    `moves[${index}] takes an end of the thing to (${x}, ${y}), outside the image of ${width}x${height}`,
    { pointer: `/moves/${index}` },
  )
}

/**
 * White in a box, which may reach beyond the image: on the pixels whose centre it contains, and on the one in
 * its middle.
 */
export function whiteIn({ width, height }: Size, box: Rectangle): Uint8Array {
  const data = new Uint8Array(width * height)
  const [firstRow, endRow] = range(box.top, box.height, height)
  const [firstCol, endCol] = range(box.left, box.width, width)
  for (let row = firstRow; row < endRow; row++)
    data.fill(1, row * width + firstCol, row * width + endCol)
  return data
}

/** First pixel and the one after the last. */
function range(start: number, length: number, most: number): [number, number] {
  const first = Math.ceil(start - 0.5)
  const end = Math.ceil(start + length - 0.5)
  const middle = Math.min(most - 1, Math.floor(start + length / 2))
  return [Math.max(0, Math.min(first, middle)), Math.min(most, Math.max(end, middle + 1))]
}

function partIn({ data, ...size }: Mask, box: Rectangle): Uint8Array {
  const white = whiteIn(size, box)
  return white.map((value, at) => value & (data[at] as number))
}
