/**
 * The stage by keyboard: arrows move a crosshair, Enter clicks, the space bar takes hold and lets go.
 * Every tool works with it, because it makes the same gestures as a pointer.
 */

import { useState } from 'preact/hooks'
import type { Point, Size } from '../../../shared/drag.ts'
import { ARROWS, LARGE_STEP, SMALL_STEP } from '../arrows.ts'
import type { Gesture } from './gestures.ts'

export type Crosshair = {
  /** In pixels of the shown copy; null while a pointer is used. */
  readonly at: Point | null
  /** Whether it holds something. */
  readonly holds: boolean
  readonly show: () => void
  /** Hides it, and gives up what it holds. */
  readonly hide: () => void
  readonly onKey: (event: KeyboardEvent) => void
}

/**
 * @param size of the shown copy
 * @param scale CSS pixels per pixel of the shown copy
 * @param begin the gesture of the current tool at a point
 */
export function useCrosshair(
  size: Size,
  scale: number,
  begin: (at: Point) => Gesture | null,
): Crosshair {
  const [at, setAt] = useState<Point | null>(null)
  const [held, setHeld] = useState<Gesture | null>(null)
  const letGo = () => {
    held?.cancel()
    setHeld(null)
  }
  const onKey = (event: KeyboardEvent) => {
    if (at === null || event.target !== event.currentTarget) return
    const arrow = ARROWS[event.key]
    if (arrow !== undefined) {
      const step = (event.shiftKey ? SMALL_STEP : LARGE_STEP) / scale
      const next = {
        x: Math.max(0, Math.min(size.width, at.x + arrow[0] * step)),
        y: Math.max(0, Math.min(size.height, at.y + arrow[1] * step)),
      }
      setAt(next)
      held?.move(next)
    } else if (event.key === ' ') {
      if (held === null) setHeld(begin(at))
      else {
        held.end(at, true)
        setHeld(null)
      }
    } else if (event.key === 'Enter' && held === null) begin(at)?.end(at, false)
    else if (event.key === 'Escape') letGo()
    else return
    event.preventDefault()
  }
  return {
    at,
    holds: held !== null,
    show: () => setAt((before) => before ?? { x: size.width / 2, y: size.height / 2 }),
    hide: () => {
      letGo()
      setAt(null)
    },
    onKey,
  }
}
