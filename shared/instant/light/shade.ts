/**
 * Shadows and reflections of things: what a thing does to the light beside it, as a layer of its own. It
 * is found by comparing the photo with its surroundings, spread smoothly, and is carried along with the
 * thing. The ground keeps its own texture.
 */

import type { Size } from '../../drag.ts'
import { landingOf } from '../../geometry/fields/landing.ts'
import { type Run, sweep } from '../../geometry/fields/pixel-field.ts'
import type { Pixels, Rectangle } from '../../segmentation/lab.ts'
import { boxOf, cropped, grown } from '../box.ts'
import { movement } from '../motion/displace.ts'
import { boxMean } from '../outline/guided-filter.ts'
import { spread } from '../push-pull.ts'
import { scaleOf } from '../scale.ts'
import { softness } from '../softness.ts'
import type { Thing } from '../things.ts'

/**
 * In pixels of a photo of a million: the fade at the border, and how smooth the light is: on ground that is
 * plain, it has no texture to tell from light.
 */
const SOFT = 12
const SMOOTH = 3
const SMOOTH_ON_PLAIN = 1
/** The surroundings are looked at so far from the layer. */
const MARGIN = 60
/** Added to levels before they are divided: dark colours say little about light. */
const DARK = 8
/** The light is at least and at most this much of what it was; by colour it differs by this factor. */
const [LEAST, MOST] = [0.1, 2.5]
const TINT = 1.2
/**
 * Where less light than this is left, the ground is filled: nothing can be seen of it, or under a thing that stands on a
 * texture, it would come out in other colours.
 */
const LEAST_LIGHT = { plain: 0.35, coarse: 0.75, marked: 0.35 }

/** What shows the light: plain ground, ground with a texture, or whatever somebody marked. */
export type Shown = keyof typeof LEAST_LIGHT

/**
 * What a thing does to the light in a rectangle of the photo: for each pixel, the logarithms of three
 * factors, 0 where there is no layer; and the part of the light below which the ground is filled.
 */
export type Shade = Rectangle & { readonly light: Float32Array; readonly leastLight: number }

/**
 * The layer of the affected pixels.
 *
 * @param affected 1 for the pixels that show it
 * @param closed 1 for those and for things and their rim, where something else is seen
 * @param shown what shows it
 * @returns null if nothing is affected
 */
export function shadeOf(
  photo: Pixels,
  affected: Uint8Array,
  closed: Uint8Array,
  shown: Shown,
): Shade | null {
  const around = boxOf(affected, photo)
  if (around === null) return null
  const scale = scaleOf(photo)
  const box = grown(around, Math.round(MARGIN * scale), photo)
  const { width, height } = box
  const seen = cropped(affected, photo, box, 1)
  const hidden = cropped(closed, photo, box, 1)
  const rgba = cropped(photo.data, photo, box, 4)
  const logOf = (value: number) => Math.log(value + DARK)
  const ground = spread(
    box,
    3,
    (at, k) => logOf(rgba[4 * at + k]!),
    (at) => hidden[at] === 0,
  )
  // Under the thing it goes on smoothly: next to the thing nothing fades.
  const level = spread(
    box,
    3,
    (at, k) => (seen[at] === 0 ? 0 : logOf(rgba[4 * at + k]!) - ground[4 * at + k]!),
    (at) => seen[at] === 1 || hidden[at] === 0,
  )
  const share = softness(hidden, box, SOFT * scale)
  const radius = Math.round((shown === 'plain' ? SMOOTH_ON_PLAIN : SMOOTH) * scale)
  const planes = [0, 1, 2].map((k) => {
    const plane = Float32Array.from({ length: width * height }, (_, at) => level[4 * at + k]!)
    return boxMean(boxMean(plane, box, radius), box, radius)
  })
  const light = new Float32Array(3 * width * height)
  // A reflection may be lighter than its ground, a shadow is not.
  const most = shown === 'marked' ? Math.log(MOST) : 0
  for (let at = 0; at < share.length; at++) {
    if (share[at] === 0) continue
    const mean = (planes[0]![at]! + planes[1]![at]! + planes[2]![at]!) / 3
    const bounded = within(mean, Math.log(LEAST), most)
    for (let k = 0; k < 3; k++) {
      const tint = within(planes[k]![at]! - mean, -Math.log(TINT), Math.log(TINT))
      light[3 * at + k] = share[at]! * (bounded + tint)
    }
  }
  return { ...box, light, leastLight: LEAST_LIGHT[shown] }
}

const within = (value: number, least: number, most: number) =>
  Math.max(least, Math.min(most, value))

/**
 * Takes the layer off the photo.
 *
 * @param out RGBA of the picture, in place
 * @param affected 1 for the pixels that show it
 * @param hidden called for pixels whose ground is to be filled
 */
export function withoutShade(
  out: Uint8ClampedArray,
  photo: Size,
  { left, top, width, height, light, leastLight }: Shade,
  affected: Uint8Array,
  hidden: (at: number) => void,
): void {
  for (let row = 0, from = 0; row < height; row++)
    for (let col = 0; col < width; col++, from += 3) {
      const at = (top + row) * photo.width + left + col
      if (affected[at] === 0) continue
      const mean = (light[from]! + light[from + 1]! + light[from + 2]!) / 3
      if (mean < Math.log(leastLight)) hidden(at)
      for (let k = 0; k < 3; k++) lit(out, 4 * at + k, -light[from + k]!)
    }
}

/** Changes a colour by the logarithm of a factor. */
function lit(out: Uint8ClampedArray, at: number, factor: number): void {
  if (factor !== 0) out[at] = (out[at]! + DARK) * Math.exp(factor) - DARK
}

/**
 * Draws the layer where a thing takes it.
 *
 * @param out RGBA of the picture, in place
 * @param kept pixels that stay as they are
 */
export function drawShade(
  out: Uint8ClampedArray,
  photo: Size,
  shade: Shade,
  { reverse }: Thing,
  kept: (x: number, y: number) => boolean,
): void {
  const { width, height } = photo
  const { cells, wanted } = landingOf(reverse, shade, photo)
  const draw: Run = (x, y, count, dx, dy, stepX, stepY) => {
    if (y >= height) return
    for (let i = 0; i < count && x + i < width; i++) {
      const [moveX, moveY] = [dx + i * stepX, dy + i * stepY]
      const factor = movement(moveX, moveY)
      if (factor === 0) continue
      const u = x + i + moveX * factor - shade.left
      const v = y + moveY * factor - shade.top
      if (u <= -1 || v <= -1 || u >= shade.width || v >= shade.height || kept(x + i, y)) continue
      shadePixel(out, 4 * (y * width + x + i), shade, u, v)
    }
  }
  sweep(reverse, cells, wanted, draw)
}

/** Changes the light of a pixel by the layer at a place between its pixels. */
function shadePixel(out: Uint8ClampedArray, to: number, shade: Shade, u: number, v: number): void {
  const { width, height, light } = shade
  const [col, row] = [Math.floor(u), Math.floor(v)]
  const [a, b] = [u - col, v - row]
  const value = (c: number, r: number, k: number) =>
    c < 0 || r < 0 || c >= width || r >= height ? 0 : light[3 * (r * width + c) + k]!
  for (let k = 0; k < 3; k++)
    lit(
      out,
      to + k,
      (1 - b) * ((1 - a) * value(col, row, k) + a * value(col + 1, row, k)) +
        b * ((1 - a) * value(col, row + 1, k) + a * value(col + 1, row + 1, k)),
    )
}
