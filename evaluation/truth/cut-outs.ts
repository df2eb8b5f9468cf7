/**
 * Moves with known truth: a cut-out pasted on a photograph at one place is dragged to another; pasted
 * there is what should come out. What it uncovers is the photograph, so the truth of its old place is
 * known, too.
 */

import type { Size } from '../../shared/drag.ts'
import { boxOf, cropped } from '../../shared/instant/box.ts'
import { forEachPart } from '../../shared/instant/outline/islands.ts'
import type { Random } from '../../shared/instant/random.ts'
import type { Picture } from '../picture.ts'
import { deepestPoint, type Made } from './truth-case.ts'

/** Pixels between a thing and the frame. */
const MARGIN = 8

/**
 * A thing with its alpha, no larger than needed; 1 where it is at least half there; and where its top left
 * corner was in the picture that it is from.
 */
export type CutOut = Picture & { readonly shape: Uint8Array; readonly at: Offset }

/** A whole number of pixels. */
export type Offset = { readonly x: number; readonly y: number }

/** The largest connected part of a picture in a shape; its edge is half a pixel soft, as a camera's is. */
export function cutOut(picture: Picture, shape: Uint8Array): CutOut {
  const { width, height } = picture
  const one = largestPart(shape, picture)
  const data = picture.data.slice()
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      let near = 4 * (one[at] as number)
      if (x > 0) near += one[at - 1] as number
      if (x < width - 1) near += one[at + 1] as number
      if (y > 0) near += one[at - width] as number
      if (y < height - 1) near += one[at + width] as number
      data[4 * at + 3] = (255 * near) / 8
    }
  return layer({ width, height, data })
}

/** A picture with an alpha of its own, cropped to what can be seen of it. */
export function layer(picture: Picture): CutOut {
  const seen = new Uint8Array(picture.width * picture.height)
  for (let at = 0; at < seen.length; at++)
    if ((picture.data[4 * at + 3] as number) > 0) seen[at] = 1
  const box = boxOf(seen, picture)
  if (box === null) throw new Error('the cut-out is empty')
  const data = cropped(picture.data, picture, box, 4)
  const shape = Uint8Array.from({ length: box.width * box.height }, (_, at) =>
    (data[4 * at + 3] as number) >= 128 ? 1 : 0,
  )
  const at = { x: box.left, y: box.top }
  return { width: box.width, height: box.height, data, shape, at }
}

function largestPart(shape: Uint8Array, size: Size): Uint8Array {
  let largest: Int32Array = new Int32Array()
  forEachPart(shape, 1, size, (part) => {
    if (part.length > largest.length) largest = part.slice()
  })
  const out = new Uint8Array(shape.length)
  for (const at of largest) out[at] = 1
  return out
}

/**
 * A thing on a ground, and the same thing elsewhere.
 *
 * @param at where its top left corner is before
 * @param by how far it goes; all of it stays in the frame
 */
export function moved(
  name: Pick<Made, 'id' | 'category'>,
  ground: Picture,
  thing: CutOut,
  at: Offset,
  by: Offset,
): Made {
  const to = { x: at.x + by.x, y: at.y + by.y }
  const shape = shapeOn(ground, thing, at)
  const handle = deepestPoint(shape, ground)
  return {
    ...name,
    before: pastedOn(ground, thing, at),
    after: pastedOn(ground, thing, to),
    shape,
    landed: shapeOn(ground, thing, to),
    drags: [{ handle, target: { x: handle.x + by.x, y: handle.y + by.y } }],
  }
}

/**
 * A place for a thing, and a way for it to go: `reach` of its own width to the left or the right and a
 * little up or down, or less where there is no room.
 *
 * @returns null if the thing does not fit in the frame at all
 */
export function placed(
  { width, height }: Size,
  thing: Size,
  reach: number,
  random: Random,
): { readonly at: Offset; readonly by: Offset } | null {
  const room = { x: width - thing.width - 2 * MARGIN, y: height - thing.height - 2 * MARGIN }
  if (room.x < 1 || room.y < 0) return null
  const across = Math.min(room.x, Math.max(1, Math.round(reach * thing.width)))
  const down = Math.min(room.y, Math.round(height / 40))
  const sign = random.below(2) === 0 ? -1 : 1
  const left = MARGIN + random.below(room.x - across + 1)
  const top = MARGIN + random.below(room.y - down + 1)
  const at = { x: sign === 1 ? left : left + across, y: top }
  return { at, by: { x: sign * across, y: down } }
}

/** 1 where the thing is, in a picture of the ground's size. */
function shapeOn({ width, height }: Size, thing: CutOut, at: Offset): Uint8Array {
  const flags = new Uint8Array(width * height)
  forEachPixel({ width, height }, thing, at, (from, into) => {
    flags[into] = thing.shape[from] as number
  })
  return flags
}

/** The ground with the thing on it. */
export function pastedOn(ground: Picture, thing: CutOut, at: Offset): Picture {
  const data = ground.data.slice()
  forEachPixel(ground, thing, at, (from, into) => {
    const alpha = (thing.data[4 * from + 3] as number) / 255
    for (let i = 0; i < 3; i++)
      data[4 * into + i] =
        alpha * (thing.data[4 * from + i] as number) + (1 - alpha) * (data[4 * into + i] as number)
  })
  return { width: ground.width, height: ground.height, data }
}

function forEachPixel(
  { width, height }: Size,
  thing: Size,
  at: Offset,
  visit: (from: number, into: number) => void,
): void {
  for (let row = 0; row < thing.height; row++)
    for (let col = 0; col < thing.width; col++) {
      const [x, y] = [at.x + col, at.y + row]
      if (x < 0 || y < 0 || x >= width || y >= height) continue
      visit(row * thing.width + col, y * width + x)
    }
}
