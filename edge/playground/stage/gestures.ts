/**
 * Turns pointer events on the stage into gestures: one pointer uses the tool, two zoom and pan. Points
 * are in pixels of the shown copy.
 */

import type { Point } from '../../../shared/drag.ts'
import { panned, toPicture, type Viewport, zoomed } from './viewport.ts'

/** The actions of one pointer, from down to up. */
export type Gesture = {
  readonly move: (at: Point) => void
  /** @param moved false for a click */
  readonly end: (at: Point, moved: boolean) => void
  /** A second finger touched the stage, or Escape was pressed, so this was not a gesture. */
  readonly cancel: () => void
}

export type Surface = {
  readonly viewport: () => Viewport
  readonly setViewport: (viewport: Viewport) => void
  /** Smallest scale. */
  readonly least: () => number
  /** Starts a gesture when a pointer goes down; null to ignore it. */
  readonly begin: (at: Point, event: PointerEvent) => Gesture | null
}

/** How far a pointer may move during a click, in CSS pixels. */
const CLICK_PIXELS = 4

/** Listens to an element until the returned function is called. */
export function listen(element: HTMLElement, surface: Surface): () => void {
  const down = new Map<number, Point>()
  let gesture: Gesture | null = null
  let start: Point = { x: 0, y: 0 }
  let moved = false
  const local = (event: PointerEvent | WheelEvent): Point => {
    const box = element.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  const picture = (at: Point) => toPicture(surface.viewport(), at)

  const onDown = (event: PointerEvent) => {
    const at = local(event)
    down.set(event.pointerId, at)
    element.setPointerCapture(event.pointerId)
    if (down.size > 1) {
      gesture?.cancel()
      gesture = null
      return
    }
    start = at
    moved = false
    gesture = surface.begin(picture(at), event)
    event.preventDefault()
  }
  const onMove = (event: PointerEvent) => {
    const before = down.get(event.pointerId)
    if (before === undefined) return
    const at = local(event)
    down.set(event.pointerId, at)
    if (down.size === 2) return pinch(event.pointerId, before, at)
    moved ||= Math.hypot(at.x - start.x, at.y - start.y) > CLICK_PIXELS
    if (moved) gesture?.move(picture(at))
  }
  const pinch = (id: number, before: Point, at: Point) => {
    const other = [...down].find(([pointer]) => pointer !== id)?.[1]
    if (other === undefined) return
    const length = (point: Point) => Math.hypot(point.x - other.x, point.y - other.y)
    const factor = length(at) / Math.max(1, length(before))
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 }
    const shifted = panned(surface.viewport(), (at.x - before.x) / 2, (at.y - before.y) / 2)
    surface.setViewport(zoomed(shifted, middle, factor, surface.least()))
  }
  const onUp = (event: PointerEvent) => {
    const at = local(event)
    if (!down.delete(event.pointerId)) return
    if (event.type === 'pointercancel') gesture?.cancel()
    else gesture?.end(picture(at), moved)
    gesture = null
  }
  const onWheel = (event: WheelEvent) => {
    event.preventDefault()
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002))
    surface.setViewport(zoomed(surface.viewport(), local(event), factor, surface.least()))
  }

  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || gesture === null) return
    gesture.cancel()
    gesture = null
  }

  const off = new AbortController()
  const { signal } = off
  element.addEventListener('pointerdown', onDown, { signal })
  element.addEventListener('pointermove', onMove, { signal })
  element.addEventListener('pointerup', onUp, { signal })
  element.addEventListener('pointercancel', onUp, { signal })
  addEventListener('keydown', onKey, { signal })
  element.addEventListener('wheel', onWheel, { signal, passive: false })
  return () => off.abort()
}
