/**
 * Scales a photo down for segmentation, in CIE Lab (D65), whose distances follow human perception.
 * Knows nothing of objects.
 */

import type { Point } from '../drag.ts'

/** Pixels as in a canvas: RGBA with eight bits, rows from the top. */
export type Pixels = {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray | Uint8Array
}

/** A rectangle of whole pixels. */
export type Rectangle = {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Whether a point is in a rectangle, or on its left or upper side. */
export function holds({ left, top, width, height }: Rectangle, { x, y }: Point): boolean {
  return x >= left && y >= top && x < left + width && y < top + height
}

/** A Lab image in planes. */
export type LabImage = {
  readonly width: number
  readonly height: number
  readonly l: Float32Array
  readonly a: Float32Array
  readonly b: Float32Array
}

/** The transfer function of sRGB, by byte. */
const LINEAR = Float32Array.from({ length: 256 }, (_, i) => {
  const value = i / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
})

/** The non-linearity of Lab as a table, because a cube root per pixel would dominate the time. */
const CURVE_STEPS = 4096
const CURVE = Float32Array.from({ length: CURVE_STEPS + 2 }, (_, i) => {
  const value = i / CURVE_STEPS
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116
})

function curve(value: number): number {
  const at = Math.min(CURVE_STEPS, Math.max(0, value * CURVE_STEPS))
  const index = Math.floor(at)
  const low = CURVE[index]!
  return low + (at - index) * (CURVE[index + 1]! - low)
}

/**
 * A part of a photo, with a longest side of at most `side` pixels. Each pixel is the mean of those it
 * covers; sRGB values are averaged directly, which is accurate enough here.
 */
export function labImage(pixels: Pixels, part: Rectangle, side: number): LabImage {
  const scale = Math.min(1, side / Math.max(part.width, part.height))
  const width = Math.max(1, Math.round(part.width * scale))
  const height = Math.max(1, Math.round(part.height * scale))
  const l = new Float32Array(width * height)
  const a = new Float32Array(width * height)
  const b = new Float32Array(width * height)
  const { data } = pixels
  for (let y = 0; y < height; y++) {
    const top = part.top + Math.floor((y * part.height) / height)
    const bottom = Math.max(top + 1, part.top + Math.floor(((y + 1) * part.height) / height))
    for (let x = 0; x < width; x++) {
      const left = part.left + Math.floor((x * part.width) / width)
      const right = Math.max(left + 1, part.left + Math.floor(((x + 1) * part.width) / width))
      let red = 0
      let green = 0
      let blue = 0
      for (let row = top; row < bottom; row++) {
        let at = 4 * (row * pixels.width + left)
        for (let col = left; col < right; col++, at += 4) {
          red += data[at]!
          green += data[at + 1]!
          blue += data[at + 2]!
        }
      }
      const count = (bottom - top) * (right - left)
      const r = LINEAR[Math.round(red / count)]!
      const g = LINEAR[Math.round(green / count)]!
      const bl = LINEAR[Math.round(blue / count)]!
      const fx = curve((0.4124 * r + 0.3576 * g + 0.1805 * bl) / 0.9505)
      const fy = curve(0.2126 * r + 0.7152 * g + 0.0722 * bl)
      const fz = curve((0.0193 * r + 0.1192 * g + 0.9505 * bl) / 1.089)
      const index = y * width + x
      l[index] = 116 * fy - 16
      a[index] = 500 * (fx - fy)
      b[index] = 200 * (fy - fz)
    }
  }
  return { width, height, l, a, b }
}
