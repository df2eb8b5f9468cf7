import type { Size } from '../drag.ts'

/** Pixels per pixel of a photo of a million: lengths in this folder grow with it. */
export function scaleOf({ width, height }: Size): number {
  return Math.max(1, Math.sqrt(width * height) / 1000)
}
