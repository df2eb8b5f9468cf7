/**
 * Things that end a little before the photo's frame although their mask goes on to it: outlines that were
 * found are completed so, since most things there are cut. One that is not would go on beyond the frame twice.
 */

import type { Pixels } from '../../segmentation/lab.ts'
import type { Outline } from '../box.ts'

/** Masks that end so close before the frame go on to it, of the longer side. */
export const BEFORE_FRAME = 1 / 100
/** This part of what a mask has of the frame is nearer to the background in colour, or the frame cuts the thing. */
const MOST = 0.6
/** Colours that are nearer to each other tell nothing apart, in RGB. */
const APART = 24

type Colour = readonly [number, number, number]

/** A side of the frame: the pixel of the photo at a place along it, so many pixels deep. */
type Side = {
  readonly begin: number
  readonly end: number
  readonly at: (along: number, deep: number) => readonly [x: number, y: number]
}

/** Takes from a thing, in place, what lies between it and the frame in the colours beside it. */
export function endBeforeFrame(photo: Pixels, outline: Outline): void {
  const by = Math.round(BEFORE_FRAME * Math.max(photo.width, photo.height))
  if (2 * by + 1 >= Math.min(outline.width, outline.height)) return
  for (const side of sidesOf(photo, outline))
    for (let along = side.begin; along < side.end; along++) {
      const begin = along
      while (along < side.end && isInside(outline, ...side.at(along, 0))) along++
      if (along > begin) trim(photo, outline, side, begin, along, by)
    }
}

function sidesOf({ width, height }: Pixels, outline: Outline): Side[] {
  const { left, top } = outline
  const [right, bottom] = [left + outline.width, top + outline.height]
  const across = { begin: left, end: right }
  const down = { begin: top, end: bottom }
  const sides: Side[] = []
  if (top === 0) sides.push({ ...across, at: (x, deep) => [x, deep] })
  if (bottom === height) sides.push({ ...across, at: (x, deep) => [x, height - 1 - deep] })
  if (left === 0) sides.push({ ...down, at: (y, deep) => [deep, y] })
  if (right === width) sides.push({ ...down, at: (y, deep) => [width - 1 - deep, y] })
  return sides
}

/** @param begin, end what the thing has of the side @param by how deep is looked */
function trim(
  photo: Pixels,
  outline: Outline,
  side: Side,
  begin: number,
  end: number,
  by: number,
): void {
  const ground = [begin - 1 - by, end]
    .map((from) => meanOf(photo, outline, side, [from, from + by + 1], [0, by], 0))
    .filter((colour) => colour !== null)
  if (ground.length === 0) return
  const depths: number[] = []
  let background = 0
  for (let along = begin; along < end; along++) {
    const own = meanOf(photo, outline, side, [along, along + 1], [by + 1, 2 * by + 1], 1)
    let depth = 0
    if (own !== null) {
      const isGround = (deep: number) => {
        const colour = colourAt(photo, ...side.at(along, deep))
        return ground.some(
          (one) => distance(one, own) > APART && distance(colour, one) < distance(colour, own),
        )
      }
      while (depth <= by && isGround(depth)) depth++
      if (depth > 0) background++
    }
    depths.push(depth)
  }
  if (background < MOST * (end - begin)) return
  depths.forEach((depth, i) => {
    for (let deep = 0; deep < depth; deep++) {
      const [x, y] = side.at(begin + i, deep)
      outline.inside[(y - outline.top) * outline.width + x - outline.left] = 0
    }
  })
}

/** The mean colour of the pixels at a side that are on the thing (1), or are not (0); null without any. */
function meanOf(
  photo: Pixels,
  outline: Outline,
  side: Side,
  [begin, end]: readonly [number, number],
  [from, to]: readonly [number, number],
  value: 0 | 1,
): Colour | null {
  const sum = [0, 0, 0]
  let count = 0
  for (let along = Math.max(side.begin, begin); along < Math.min(side.end, end); along++)
    for (let deep = from; deep < to; deep++) {
      const [x, y] = side.at(along, deep)
      if (isInside(outline, x, y) !== (value === 1)) continue
      colourAt(photo, x, y).forEach((channel, i) => {
        sum[i]! += channel
      })
      count++
    }
  return count === 0 ? null : [sum[0]! / count, sum[1]! / count, sum[2]! / count]
}

function isInside({ left, top, width, height, inside }: Outline, x: number, y: number): boolean {
  const [col, row] = [x - left, y - top]
  return col >= 0 && row >= 0 && col < width && row < height && inside[row * width + col] === 1
}

function colourAt({ width, data }: Pixels, x: number, y: number): Colour {
  const at = 4 * (y * width + x)
  return [data[at]!, data[at + 1]!, data[at + 2]!]
}

const distance = (one: Colour, other: Colour) =>
  Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2])
