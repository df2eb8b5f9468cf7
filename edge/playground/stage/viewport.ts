/** Zoom and pan of the photo on the screen. Knows nothing of what is drawn on it. */

import type { Point, Size } from '../../../shared/drag.ts'

/** Screen = picture * scale + (x, y), in CSS pixels of the stage. */
export type Viewport = { readonly scale: number; readonly x: number; readonly y: number }

const MARGIN = 12
const MAX_SCALE = 12

/** Shows the whole picture, centred. */
export function fitted(picture: Size, stage: Size): Viewport {
  const scale = Math.max(
    0.02,
    Math.min(
      (stage.width - 2 * MARGIN) / picture.width,
      (stage.height - 2 * MARGIN) / picture.height,
      4,
    ),
  )
  return {
    scale,
    x: (stage.width - picture.width * scale) / 2,
    y: (stage.height - picture.height * scale) / 2,
  }
}

export function toPicture(viewport: Viewport, { x, y }: Point): Point {
  return { x: (x - viewport.x) / viewport.scale, y: (y - viewport.y) / viewport.scale }
}

export function toScreen(viewport: Viewport, { x, y }: Point): Point {
  return { x: x * viewport.scale + viewport.x, y: y * viewport.scale + viewport.y }
}

/** Zooms around a point of the screen, which stays in place. */
export function zoomed(viewport: Viewport, at: Point, factor: number, least: number): Viewport {
  const scale = Math.max(least, Math.min(MAX_SCALE, viewport.scale * factor))
  const kept = toPicture(viewport, at)
  return { scale, x: at.x - kept.x * scale, y: at.y - kept.y * scale }
}

/** Keeps what is in the middle of the stage there when the stage changes its size. */
export function resized(viewport: Viewport, before: Size, after: Size): Viewport {
  const [dx, dy] = [(after.width - before.width) / 2, (after.height - before.height) / 2]
  return panned(viewport, dx, dy)
}

export function panned(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, x: viewport.x + dx, y: viewport.y + dy }
}
