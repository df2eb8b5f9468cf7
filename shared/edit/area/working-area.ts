/**
 * The part of a photo that goes to a backbone: all of it, or a crop around what an edit touches, whose
 * tokens are smaller pieces of the photo. The one place that chooses it.
 */

import { type BackboneName, backbones } from '../../backbones.ts'
import type { Drag, Size } from '../../drag.ts'
import { EditError } from '../../errors.ts'
import { boxOf } from '../../instant/box.ts'
import type { Mask } from '../../mask.ts'
import type { Rectangle } from '../../segmentation/lab.ts'

/** The values of the option. */
export const workingAreas = ['photo', 'region', 'auto'] as const
export type WorkingArea = (typeof workingAreas)[number]

/** The crop is larger than what moves and where it lands by this part of the longer side. */
const MARGIN = 0.25
/** With `auto`, a crop of more than this part of the photo is not worth what it cannot see. */
const WORTH = 0.5

/**
 * The crop, in whole pixels of the photo; null for the whole photo. It contains the white of the mask,
 * where the drags take it, every pin, and what is affected, has the shape of a working size, and is never enlarged.
 *
 * @param mask white on what moves
 * @param affected the box around what else may change, in pixels of the photo; null for nothing
 */
export function workingArea(
  name: BackboneName,
  image: Size,
  drags: readonly Drag[],
  mask: Mask,
  choice: WorkingArea,
  affected: Rectangle | null = null,
): Rectangle | null {
  if (choice === 'photo') return null
  const touched = touchedBox(image, drags, mask, affected)
  const margin = MARGIN * Math.max(touched.width, touched.height)
  const { workingSize } = backbones[name]
  const least = workingSize(image)
  let width = Math.max(touched.width + 2 * margin, least.width)
  let height = Math.max(touched.height + 2 * margin, least.height)
  const shape = workingSize({ width: Math.round(width), height: Math.round(height) })
  const aspect = shape.width / shape.height
  width = Math.ceil(Math.max(width, height * aspect))
  height = Math.ceil(Math.max(height, width / aspect))
  if (width > image.width || height > image.height) return null
  const part = (width * height) / (image.width * image.height)
  if (part === 1 || (choice === 'auto' && part > WORTH)) return null
  const start = (from: number, length: number, side: number, most: number) =>
    Math.max(0, Math.min(most - side, Math.round(from + length / 2 - side / 2)))
  return {
    left: start(touched.left, touched.width, width, image.width),
    top: start(touched.top, touched.height, height, image.height),
    width,
    height,
  }
}

/**
 * Checks that the plan of an edit is made from its own mask: before the photo was looked at, it is not
 * known what a worker will find.
 *
 * @throws EditError `invalid_option`
 */
export function checkWorkingArea(choice: WorkingArea): void {
  if (choice !== 'region') return
  throw new EditError(
    'invalid_option',
    'workingArea is region, but what moves is not known before the edit runs: send an object mask in the default profile, or leave workingArea out',
    { pointer: '/workingArea' },
  )
}

/**
 * The smallest box around the white, where each drag takes it, both ends of every drag, and what is
 * affected.
 */
function touchedBox(
  image: Size,
  drags: readonly Drag[],
  mask: Mask,
  affected: Rectangle | null,
): Rectangle {
  const white = boxOf(mask.data, mask) ?? { left: 0, top: 0, ...mask }
  const [scaleX, scaleY] = [image.width / mask.width, image.height / mask.height]
  const xs = [white.left * scaleX, (white.left + white.width) * scaleX]
  const ys = [white.top * scaleY, (white.top + white.height) * scaleY]
  const [left, right] = xs as [number, number]
  const [top, bottom] = ys as [number, number]
  for (const { handle, target } of drags) {
    xs.push(handle.x, target.x, left + target.x - handle.x, right + target.x - handle.x)
    ys.push(handle.y, target.y, top + target.y - handle.y, bottom + target.y - handle.y)
  }
  if (affected !== null) {
    xs.push(affected.left, affected.left + affected.width)
    ys.push(affected.top, affected.top + affected.height)
  }
  const within = (value: number, most: number) => Math.max(0, Math.min(most, value))
  const [x, y] = [within(Math.min(...xs), image.width), within(Math.min(...ys), image.height)]
  return {
    left: x,
    top: y,
    width: within(Math.max(...xs), image.width) - x,
    height: within(Math.max(...ys), image.height) - y,
  }
}
