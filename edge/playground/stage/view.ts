/** How the photo lies on the screen: zoom and pan. Knows nothing of what is drawn on it. */

import type { Point, Size } from '../../../shared/drag.ts'

/** Screen = picture * scale + (x, y), in CSS pixels of the stage. */
export type View = { readonly scale: number; readonly x: number; readonly y: number }

const MARGIN = 12
const MAX_SCALE = 12

/** All of the picture, in the middle. */
export function fitted(picture: Size, stage: Size): View {
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

export function toPicture(view: View, { x, y }: Point): Point {
  return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale }
}

export function toScreen(view: View, { x, y }: Point): Point {
  return { x: x * view.scale + view.x, y: y * view.scale + view.y }
}

/** Larger or smaller around a point of the screen that stays where it is. */
export function zoomed(view: View, at: Point, factor: number, least: number): View {
  const scale = Math.max(least, Math.min(MAX_SCALE, view.scale * factor))
  const kept = toPicture(view, at)
  return { scale, x: at.x - kept.x * scale, y: at.y - kept.y * scale }
}

export function panned(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy }
}
